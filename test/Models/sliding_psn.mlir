// A sliding parallel spiking neuron: no reset, so a finite memory suffices.
//
// Source: sliding PSN of Fang et al., Parallel spiking neurons, NeurIPS 2023.
//
//   u[t] = w[0] x[t] + w[1] x[t-1] + w[2] x[t-2],   s[t] = [u[t] >= 4]

func.func @sliding_psn(%x: tensor<?x?x3xf32>,
                       %w: tensor<3xf32> {snn.param = "w"})
    -> tensor<?x?x3xi1> {
  %u, %last = snn.temporal_conv %x, %w : tensor<?x?x3xf32>, tensor<3xf32>
  %spikes = snn.fire %u {threshold = 4.0} : tensor<?x?x3xf32>
  return %spikes : tensor<?x?x3xi1>
}
