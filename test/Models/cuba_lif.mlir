// A current-based neuron: the input charges a synapse, the synapse a membrane.
//
// Source: the CUBA neuron of Lava and of Loihi, in floating point.
//
//   c[t] = 0.75 c[t-1] + x[t]
//   u    = 0.9 v[t-1] + c[t]
//   s[t] = [u >= 1]
//   v[t] = 0 if s[t] else u

func.func @cuba_lif(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xi1> {
  %spikes, %v, %c = snn.cuba_lif %x
      {synapse_decay = 0.75, decay = 0.9, threshold = 1.0,
       reset = #snn.reset<value, 0.0>} : tensor<?x?x4xf32>
  return %spikes : tensor<?x?x4xi1>
}
