// A vanilla recurrent spiking network: 512 neurons, of which each hears every neuron's
// spike of one step ago. Span 1 leaves one step per window.
//
// Source: the recurrent network of leaky integrate-and-fire neurons of Bellec et al.,
// Long short-term memory and learning-to-learn in networks of spiking neurons, arXiv
// 1803.09574, without its adaptive thresholds; soft reset:
//
//   i[t] = weight x[t] + bias + lateral s[t-1]
//   u = 0.9 v[t-1] + i[t],   s[t] = [u >= 1],   v[t] = u - s[t]
//   y[t] = 0.95 y[t-1] + readout s[t]

func.func @rsnn(%x: tensor<?x?x140xi1>,
                %weight: tensor<512x140xf32> {snn.param = "weight"},
                %bias: tensor<512xf32> {snn.param = "bias"},
                %lateral: tensor<512x512xf32> {snn.param = "lateral"},
                %readout: tensor<35x512xf32> {snn.param = "readout"})
    -> (tensor<?x?x512xi1>, tensor<?x?x35xf32>) {
  %i = snn.linear %x, %weight, %bias
      : tensor<?x?x140xi1>, tensor<512x140xf32>, tensor<512xf32>
  %s, %vT, %hT = snn.recurrent ins(%i : tensor<?x?x512xf32>) skip 1 {
  ^bb0(%iw: tensor<?x?x512xf32>, %fb: tensor<?x?x512xi1>, %v: tensor<?x512xf32>):
    %r = snn.linear %fb, %lateral : tensor<?x?x512xi1>, tensor<512x512xf32>
    %sum = arith.addf %iw, %r : tensor<?x?x512xf32>
    %z, %v1 = snn.lif %sum init(%v : tensor<?x512xf32>)
        {decay = 0.9, threshold = 1.0, reset = #snn.reset<subtract>,
         snn.layer = "hidden"} : tensor<?x?x512xf32>
    snn.yield %z : tensor<?x?x512xi1> feedback(%z : tensor<?x?x512xi1>)
        state(%v1 : tensor<?x512xf32>)
  } -> (tensor<?x?x512xi1>) state(tensor<?x512xf32>) history(tensor<1x?x512xi1>)
  %out = snn.linear %s, %readout : tensor<?x?x512xi1>, tensor<35x512xf32>
  %y, %yT = snn.li %out {decay = 0.95} : tensor<?x?x35xf32>
  return %s, %y : tensor<?x?x512xi1>, tensor<?x?x35xf32>
}
