// A leaky integrate-and-fire layer between two streaming states.
//
// Source: SRC-SNN (arXiv 2505.11455): decay 0.5, threshold 1, soft reset.
//
//   u = decay v + x        a leak, then the input
//   s = [u >= 1]           a spike where the potential reaches the threshold
//   v = u - 1 if s else u  a soft reset keeps what exceeds the threshold

func.func @lif(%x: tensor<?x?x5xf32>,
               %v0: tensor<?x5xf32> {snn.state = "lif.v"})
    -> (tensor<?x?x5xi1>, tensor<?x5xf32> {snn.state = "lif.v"}) {
  %spikes, %v = snn.lif %x init(%v0 : tensor<?x5xf32>)
      {decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>}
      : tensor<?x?x5xf32>
  return %spikes, %v : tensor<?x?x5xi1>, tensor<?x5xf32>
}
