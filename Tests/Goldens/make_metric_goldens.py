"""Writes Metrics/*.safetensors: corpus BLEU by sacreBLEU, words between spaces taken as they are.

Made with sacrebleu 2.6.0, torch 2.13.0+cpu, safetensors 0.8.0, Python 3.11.7; each file's `__metadata__`
records the signature of the metric.
Usage: `python make_metric_goldens.py [FOLDER]`.
"""

import random

import torch
from golden import folder_from_arguments, write
from sacrebleu.metrics import BLEU

PADDING = -1


def altered(words, chance, generator):
    """A sentence in which some words are replaced, left out or said twice."""
    result = []
    for word in words:
        case = generator.random()
        if case < chance:
            result += generator.choice([[], [generator.randrange(20)], [word, word]])
        else:
            result.append(word)
    return result or [words[0]]


def padded(sentences):
    longest = max(map(len, sentences))
    return torch.tensor([s + [PADDING] * (longest - len(s)) for s in sentences])


def golden(name, translations, references):
    """`references` has, for each translation, a list of sentences, the same number for all."""
    text = lambda sentence: " ".join(f"w{word}" for word in sentence)
    metric = BLEU(tokenize="none", force=True)
    result = metric.corpus_score(
        [text(s) for s in translations],
        [[text(r[k]) for r in references] for k in range(len(references[0]))])
    number = lambda value: torch.tensor(value, dtype=torch.float64)
    tensors = {
        "translations": padded(translations),
        "score": number(result.score),
        "precisions": number(result.precisions),
        "brevity_penalty": number(result.bp),
        "lengths": torch.tensor([result.sys_len, result.ref_len]),
    }
    for k in range(len(references[0])):
        tensors[f"references.{k}"] = padded([r[k] for r in references])
    return name, tensors, {"signature": str(metric.get_signature())}


def goldens():
    """Sentences of 20 words, and translations that share more or less with them."""
    for name, lengths, chance, count in [
        ("bleu", (3, 15), 0.2, 1),
        ("bleu_two_references", (5, 12), 0.3, 2),
        ("bleu_short_sentences", (1, 4), 0.2, 1),
        ("bleu_smoothed", (3, 5), 0.6, 1),
        ("bleu_smoothed_twice", (3, 5), 0.85, 1),
        ("bleu_no_four_words", (1, 3), 0.0, 1),
        ("bleu_perfect", (4, 9), 0.0, 1),
    ]:
        generator = random.Random(name)
        originals = [
            [generator.randrange(20) for _ in range(generator.randint(*lengths))]
            for _ in range(12)
        ]
        translations = [altered(s, chance, generator) for s in originals]
        references = [
            [s] + [altered(s, chance, generator) for _ in range(count - 1)] for s in originals
        ]
        yield golden(name, translations, references)
    yield golden("bleu_nothing_right", [[1, 2, 3, 4, 5]] * 2, [[[6, 7, 8, 9, 10]]] * 2)
    yield golden("bleu_brief", [[1, 2, 3, 4, 5]], [[[1, 2, 3, 4, 5, 6, 7]]])


if __name__ == "__main__":
    write(folder_from_arguments("Metrics"), goldens())
