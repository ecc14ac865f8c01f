import SpoolZoo

ZooCommand.main()
