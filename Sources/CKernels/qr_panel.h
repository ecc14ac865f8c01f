#pragma once
// A panel of the Householder QR (Golub & Van Loan 2013, section 5.2): neighbouring columns, from the row of
// the first one's diagonal element down, with the reflectors I - tau v v' that make them triangular.
#include <stdbool.h>
#include <stddef.h>

enum { QR_WIDTH = 32 }; // columns of a panel; a multiple of 8

typedef struct qr_panel {
  size_t rows, width; // width <= QR_WIDTH, width <= rows
  double *values;     // [rows, QR_WIDTH], columns from width on are not used
  double *vectors;    // [width, rows]: v of reflector j is j zeros, 1, and what made column j vanish
  double *taus;       // [width]
} qr_panel;

// Turns `values`, A on entry, into R, of which the elements below the diagonal mean nothing, and finds the
// reflectors.
void qr_panel_factorize(const qr_panel *panel);
// Fills `values` with H_0 H_1 ... applied to the first `width` columns of the identity.
void qr_panel_form(const qr_panel *panel);
// C = H_0 H_1 ... C or, `transposed`, ... H_1 H_0 C for C [rows, columns], its rows c_row apart. `scratch` has
// room for 2 width (width + columns) elements.
void qr_panel_apply(const qr_panel *panel, bool transposed, double *c, size_t c_row, size_t columns,
                    double *scratch);
