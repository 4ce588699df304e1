// The leaky integrate-and-fire neuron, with its two resets.
//
// Source: the discrete LIF of SRC-SNN (arXiv 2505.11455, soft reset) and of the
// parallel spiking neurons it is compared with (arXiv 2304.12760, hard reset).
//
//   u = 0.9 v[t-1] + i[t],   i[t] = w x[t] + b
//   s[t] = [u >= 1]
//   soft: v[t] = u - s[t]         hard: v[t] = 0 if s[t] else u
//
// Two layers of either kind; the second hears the spikes of the first.

func.func @lif(%x: tensor<?x?x16xf64>,
               %w1: tensor<32x16xf64> {snn.param = "w1"},
               %b1: tensor<32xf64> {snn.param = "b1"},
               %w2: tensor<32x32xf64> {snn.param = "w2"})
    -> (tensor<?x?x32xi1>, tensor<?x?x32xi1>, tensor<?x?x32xi1>,
        tensor<?x?x32xi1>, tensor<?x?x32xf64>) {
  %i1 = snn.linear %x, %w1, %b1
      : tensor<?x?x16xf64>, tensor<32x16xf64>, tensor<32xf64>

  %soft1, %v1 = snn.lif %i1 {decay = 0.9, threshold = 1.0,
      reset = #snn.reset<subtract>} : tensor<?x?x32xf64>
  %i2 = snn.linear %soft1, %w2 : tensor<?x?x32xi1>, tensor<32x32xf64>
  %soft2, %u2, %v2 = snn.lif %i2 {decay = 0.9, threshold = 1.0,
      reset = #snn.reset<subtract>, potential = #snn.potential<after_reset>}
      : tensor<?x?x32xf64>

  %hard1, %v3 = snn.lif %i1 {decay = 0.9, threshold = 1.0,
      reset = #snn.reset<value, 0.0>} : tensor<?x?x32xf64>
  %i4 = snn.linear %hard1, %w2 : tensor<?x?x32xi1>, tensor<32x32xf64>
  %hard2, %v4 = snn.lif %i4 {decay = 0.9, threshold = 1.0,
      reset = #snn.reset<value, 0.0>} : tensor<?x?x32xf64>
  return %soft1, %soft2, %hard1, %hard2, %u2
      : tensor<?x?x32xi1>, tensor<?x?x32xi1>, tensor<?x?x32xi1>,
        tensor<?x?x32xi1>, tensor<?x?x32xf64>
}
