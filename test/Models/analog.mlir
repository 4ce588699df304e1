// Currents of analog inputs into a leaky layer; large enough for a library of a
// GPU to form the products.
//
//   i[t, o] = b[o] + sum over n of w[o, n] x[t, n]
//   u = 0.5 v + i, s = [u >= 1], v = u - 1 if s else u

func.func @analog(%x: tensor<?x?x40xf32>,
                  %w: tensor<36x40xf32> {snn.param = "w"},
                  %b: tensor<36xf32> {snn.param = "b"})
    -> (tensor<?x?x36xi1>, tensor<?x?x36xf32>) {
  %i = snn.linear %x, %w, %b
      : tensor<?x?x40xf32>, tensor<36x40xf32>, tensor<36xf32>
  %s, %v = snn.lif %i {decay = 0.5, threshold = 1.0,
                       reset = #snn.reset<subtract>} : tensor<?x?x36xf32>
  return %s, %i : tensor<?x?x36xi1>, tensor<?x?x36xf32>
}
