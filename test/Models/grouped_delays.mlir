// Delays on edges: every source reaches the target by a path of 0 and one of 2.
//
// Source: DCLS-Delays (Hammouamri et al., 2023) after training: few distinct
// delays, each with a weight matrix of its own.
//
//   y[t, o] = sum over g, n of w[o, g, n] s[t - d[g], n],   d = (0, 2)

func.func @grouped_delays(%s: tensor<?x?x3xi1>,
                          %w: tensor<1x2x3xf32> {snn.param = "w"})
    -> tensor<?x?x1xf32> {
  %arrived, %history = snn.delay %s by [0, 2] groups : tensor<?x?x3xi1>
  %y = snn.linear %arrived, %w : tensor<?x?x2x3xi1>, tensor<1x2x3xf32>
  return %y : tensor<?x?x1xf32>
}
