// A feed-forward network for spoken words as spikes (140 inputs) in which each synapse
// has a delay of its own, of 0 to 24 steps: two layers of 256 neurons.
//
// Source: Hammouamri et al., Learning delays in spiking neural networks using dilated
// convolutions with learnable spacings, arXiv 2306.17670, after training: positions are
// rounded, and one tap of each kernel remains. Chosen here: a readout summed over time.
// With layer l and s(0) the input,
//
//   i[t, n] = bias[n] + sum over j of w[n, j] s(l-1)[t - d[n, j], j]
//   u = 0.9 v[t-1] + i[t],   s(l)[t] = [u >= 1],   v[t] = 0 where s(l)[t], else u
//   logits = sum over t of (readout s(2)[t] + bias)
//
// Group g of a weight holds the synapses of delay g, and zeros elsewhere:
// weight[n, g, j] = w[n, j] where d[n, j] = g. A batch normalisation of i, which the
// networks of the paper have, folds into w and bias. The pruned network (Meszaros et
// al., arXiv 2407.18917) is this file with fewer weights that are not zero.

func.func @dcls(
    %x: tensor<?x?x140xi1>,
    %weight1: tensor<256x25x140xf32> {snn.param = "layer1.weight"},
    %bias1: tensor<256xf32> {snn.param = "layer1.bias"},
    %weight2: tensor<256x25x256xf32> {snn.param = "layer2.weight"},
    %bias2: tensor<256xf32> {snn.param = "layer2.bias"},
    %weight3: tensor<35x256xf32> {snn.param = "readout.weight"},
    %bias3: tensor<35xf32> {snn.param = "readout.bias"})
    -> (tensor<?x?x256xi1>, tensor<?x?x256xi1>, tensor<?x35xf32> {snn.static}) {
  %arrived1, %h1 = snn.delay %x by
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
       22, 23, 24]
      groups : tensor<?x?x140xi1>
  %i1 = snn.linear %arrived1, %weight1, %bias1
      : tensor<?x?x25x140xi1>, tensor<256x25x140xf32>, tensor<256xf32>
  %s1, %v1 = snn.lif %i1 {decay = 0.9, threshold = 1.0} : tensor<?x?x256xf32>

  %arrived2, %h2 = snn.delay %s1 by
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
       22, 23, 24]
      groups : tensor<?x?x256xi1>
  %i2 = snn.linear %arrived2, %weight2, %bias2
      : tensor<?x?x25x256xi1>, tensor<256x25x256xf32>, tensor<256xf32>
  %s2, %v2 = snn.lif %i2 {decay = 0.9, threshold = 1.0} : tensor<?x?x256xf32>

  // The sum over time of the readout: an integrator without leak.
  %y = snn.linear %s2, %weight3, %bias3
      : tensor<?x?x256xi1>, tensor<35x256xf32>, tensor<35xf32>
  %sums, %logits = snn.li %y {decay = 1.0} : tensor<?x?x35xf32>
  return %s1, %s2, %logits
      : tensor<?x?x256xi1>, tensor<?x?x256xi1>, tensor<?x35xf32>
}
