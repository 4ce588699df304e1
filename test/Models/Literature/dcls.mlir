// A layer whose synapses each have a delay of their own, from 32 sources to 64
// leaky neurons, with delays of 0 to 11 steps.
//
// Source: Hammouamri et al., Learning delays in spiking neural networks using
// dilated convolutions with learnable spacings, arXiv 2306.17670, after training:
// positions are rounded, and one tap of each kernel remains:
//
//   i[t, n] = bias[n] + sum over j of w[n, j] s[t - d[n, j], j]
//   u = 0.9 v[t-1] + i[t],   z[t] = [u >= 1],   v[t] = 0 where z[t], else u
//
// Here group g of the weight holds the synapses of delay g, and zeros elsewhere:
// weight[n, g, j] = w[n, j] where d[n, j] = g. A batch normalisation of i, which
// the networks of the paper have, folds into w and bias.

func.func @dcls(%s: tensor<?x?x32xi1>,
                %weight: tensor<64x12x32xf64> {snn.param = "weight"},
                %bias: tensor<64xf64> {snn.param = "bias"})
    -> tensor<?x?x64xi1> {
  %arrived, %history = snn.delay %s by [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] groups
      : tensor<?x?x32xi1>
  %i = snn.linear %arrived, %weight, %bias
      : tensor<?x?x12x32xi1>, tensor<64x12x32xf64>, tensor<64xf64>
  %z, %vT = snn.lif %i {decay = 0.9, threshold = 1.0, snn.layer = "hidden"}
      : tensor<?x?x64xf64>
  return %z : tensor<?x?x64xi1>
}
