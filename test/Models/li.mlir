// A leaky readout: the potential of a neuron that never fires.
//
// Source: the readout of Norse and snnTorch classifiers; decay_input is the
// exponential moving average of Spyx and of PLIF.
//
//   v[t] = decay v[t-1] + (1 - decay) x[t]

func.func @li(%x: tensor<?x?x3xf32>)
    -> (tensor<?x?x3xf32>, tensor<?x3xf32> {snn.static}) {
  %trace, %last = snn.li %x {decay = 0.75, decay_input} : tensor<?x?x3xf32>
  return %trace, %last : tensor<?x?x3xf32>, tensor<?x3xf32>
}
