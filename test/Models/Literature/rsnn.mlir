// A vanilla recurrent spiking network: each neuron hears every neuron's spike of
// one step ago.
//
// Source: the recurrent network of leaky integrate-and-fire neurons of Bellec et
// al., Long short-term memory and learning-to-learn in networks of spiking
// neurons, arXiv 1803.09574, without its adaptive thresholds; soft reset:
//
//   i[t] = weight x[t] + bias + lateral s[t-1]
//   u = 0.9 v[t-1] + i[t],   s[t] = [u >= 1],   v[t] = u - s[t]
//   y[t] = 0.95 y[t-1] + readout s[t]

func.func @rsnn(%x: tensor<?x?x16xf64>,
                %weight: tensor<64x16xf64> {snn.param = "weight"},
                %bias: tensor<64xf64> {snn.param = "bias"},
                %lateral: tensor<64x64xf64> {snn.param = "lateral"},
                %readout: tensor<4x64xf64> {snn.param = "readout"})
    -> (tensor<?x?x64xi1>, tensor<?x?x4xf64>) {
  %i = snn.linear %x, %weight, %bias
      : tensor<?x?x16xf64>, tensor<64x16xf64>, tensor<64xf64>
  %s, %vT, %hT = snn.recurrent ins(%i : tensor<?x?x64xf64>) skip 1 {
  ^bb0(%iw: tensor<?x?x64xf64>, %fb: tensor<?x?x64xi1>, %v: tensor<?x64xf64>):
    %r = snn.linear %fb, %lateral : tensor<?x?x64xi1>, tensor<64x64xf64>
    %sum = arith.addf %iw, %r : tensor<?x?x64xf64>
    %z, %v1 = snn.lif %sum init(%v : tensor<?x64xf64>)
        {decay = 0.9, threshold = 1.0, reset = #snn.reset<subtract>,
         snn.layer = "hidden"} : tensor<?x?x64xf64>
    snn.yield %z : tensor<?x?x64xi1> feedback(%z : tensor<?x?x64xi1>)
        state(%v1 : tensor<?x64xf64>)
  } -> (tensor<?x?x64xi1>) state(tensor<?x64xf64>) history(tensor<1x?x64xi1>)
  %out = snn.linear %s, %readout : tensor<?x?x64xi1>, tensor<4x64xf64>
  %y, %yT = snn.li %out {decay = 0.95} : tensor<?x?x4xf64>
  return %s, %y : tensor<?x?x64xi1>, tensor<?x?x4xf64>
}
