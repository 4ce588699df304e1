// The masked parallel spiking neuron: a band of a T x T matrix, so causal.
//
// Source: masked PSN of Fang et al., Parallel Spiking Neurons (arXiv 2304.12760),
// after training, when its mask is the band of the last k = 16 steps; b is added,
// as in its code.
//
//   h[t] = sum over t-16 < i <= t of W[t, i] x[i],   s[t] = [h[t] + b[t] >= 0]
//
// Row t of the parameter `band` is W[t, t], W[t, t-1], ... W[t, t-15]: a run may
// be as long as the band, and may be cut anywhere.

func.func @masked_psn(%x: tensor<?x?x16xf64>,
                      %w: tensor<64x16xf64> {snn.param = "w"},
                      %band: tensor<256x16xf64> {snn.param = "band"},
                      %bias: tensor<256xf64> {snn.param = "bias"})
    -> (tensor<?x?x64xi1>, tensor<?x?x64xf64>) {
  %i = snn.linear %x, %w : tensor<?x?x16xf64>, tensor<64x16xf64>
  %h, %last = snn.temporal_conv %i, %band {per_step}
      : tensor<?x?x64xf64>, tensor<256x16xf64>
  %s, %u = snn.neuron ins(%h : tensor<?x?x64xf64>)
      tables(%bias : tensor<256xf64>) {
  ^bb0(%ht: f64, %bt: f64):
    %u = arith.addf %ht, %bt : f64
    %s = snn.fire %u {threshold = 0.0} : f64
    snn.yield %s, %u : i1, f64
  } -> (tensor<?x?x64xi1>, tensor<?x?x64xf64>)
  return %s, %u : tensor<?x?x64xi1>, tensor<?x?x64xf64>
}
