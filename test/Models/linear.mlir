// A fully connected synapse, the only place where neurons meet.
//
// Source: the canonical order of snnc: one accumulator per target, started at
// the bias, sources in ascending order; a silent source adds nothing.
//
//   y[t, o] = b[o] + sum over n of w[o, n] s[t, n]

func.func @linear(%s: tensor<?x?x3xi1>,
                  %w: tensor<4x3xf32> {snn.param = "w"},
                  %b: tensor<4xf32> {snn.param = "b"})
    -> tensor<?x?x4xf32> {
  %y = snn.linear %s, %w, %b
      : tensor<?x?x3xi1>, tensor<4x3xf32>, tensor<4xf32>
  return %y : tensor<?x?x4xf32>
}
