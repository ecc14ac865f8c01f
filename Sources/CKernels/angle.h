#pragma once

/// The quadrant 0...3 in which `x` radians (finite, positive) ends, counted from the nearest multiple of
/// pi/2, and what is left: x = (4 i + quadrant) pi/2 + *r + *r_low, |*r| <= pi/4. Exact to 2^-60 of *r for
/// every double (Payne & Hanek 1983); integers only, so it gives the same bits everywhere.
unsigned spool_reduce_angle(double x, double *r, double *r_low);
