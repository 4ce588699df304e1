// SRC-SNN: three layers whose lateral matrix hears the spikes of lambda steps ago,
// each layer with a lambda of its own, and a readout summed over time.
//
// Source: Xu et al., ASRC-SNN: Adaptive Skip Recurrent Connection Spiking Neural
// Network, arXiv 2505.11455, as in its code; spans of the size that its training
// settles on. With layer l of lambda(l) = 9, 25, 11 steps, and s(0) the input,
//
//   i[t] = weight s(l-1)[t] + bias + lateral s(l)[t - lambda(l)]
//   u = 0.5 v[t-1] + i[t],   s(l)[t] = [u >= 1],   v[t] = u - s(l)[t]
//   logits = sum over t of (readout s(3)[t] + bias)
//
// Only the lateral matrix sees delayed spikes: the leak has a span of one step.

func.func @src_snn(
    %x: tensor<?x?x40xf64>,
    %weight1: tensor<64x40xf64> {snn.param = "layer1.weight"},
    %bias1: tensor<64xf64> {snn.param = "layer1.bias"},
    %lateral1: tensor<64x64xf64> {snn.param = "layer1.lateral"},
    %weight2: tensor<64x64xf64> {snn.param = "layer2.weight"},
    %bias2: tensor<64xf64> {snn.param = "layer2.bias"},
    %lateral2: tensor<64x64xf64> {snn.param = "layer2.lateral"},
    %weight3: tensor<64x64xf64> {snn.param = "layer3.weight"},
    %bias3: tensor<64xf64> {snn.param = "layer3.bias"},
    %lateral3: tensor<64x64xf64> {snn.param = "layer3.lateral"},
    %weight4: tensor<12x64xf64> {snn.param = "readout.weight"},
    %bias4: tensor<12xf64> {snn.param = "readout.bias"})
    -> (tensor<?x?x64xi1>, tensor<?x?x64xi1>, tensor<?x?x64xi1>,
        tensor<?x12xf64> {snn.static}) {

  // Layer 1: span 9.
  %x1 = snn.linear %x, %weight1, %bias1
      : tensor<?x?x40xf64>, tensor<64x40xf64>, tensor<64xf64>
  %s1, %v1, %h1 = snn.recurrent ins(%x1 : tensor<?x?x64xf64>) skip 9 {
  ^bb0(%xw: tensor<?x?x64xf64>, %fb: tensor<?x?x64xi1>, %v: tensor<?x64xf64>):
    %r = snn.linear %fb, %lateral1 : tensor<?x?x64xi1>, tensor<64x64xf64>
    %i = arith.addf %xw, %r : tensor<?x?x64xf64>
    %z, %vn = snn.lif %i init(%v : tensor<?x64xf64>)
        {decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>,
         snn.layer = "hidden1"} : tensor<?x?x64xf64>
    snn.yield %z : tensor<?x?x64xi1> feedback(%z : tensor<?x?x64xi1>)
        state(%vn : tensor<?x64xf64>)
  } -> (tensor<?x?x64xi1>) state(tensor<?x64xf64>) history(tensor<9x?x64xi1>)

  // Layer 2: span 25.
  %x2 = snn.linear %s1, %weight2, %bias2
      : tensor<?x?x64xi1>, tensor<64x64xf64>, tensor<64xf64>
  %s2, %v2, %h2 = snn.recurrent ins(%x2 : tensor<?x?x64xf64>) skip 25 {
  ^bb0(%xw: tensor<?x?x64xf64>, %fb: tensor<?x?x64xi1>, %v: tensor<?x64xf64>):
    %r = snn.linear %fb, %lateral2 : tensor<?x?x64xi1>, tensor<64x64xf64>
    %i = arith.addf %xw, %r : tensor<?x?x64xf64>
    %z, %vn = snn.lif %i init(%v : tensor<?x64xf64>)
        {decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>,
         snn.layer = "hidden2"} : tensor<?x?x64xf64>
    snn.yield %z : tensor<?x?x64xi1> feedback(%z : tensor<?x?x64xi1>)
        state(%vn : tensor<?x64xf64>)
  } -> (tensor<?x?x64xi1>) state(tensor<?x64xf64>) history(tensor<25x?x64xi1>)

  // Layer 3: span 11.
  %x3 = snn.linear %s2, %weight3, %bias3
      : tensor<?x?x64xi1>, tensor<64x64xf64>, tensor<64xf64>
  %s3, %v3, %h3 = snn.recurrent ins(%x3 : tensor<?x?x64xf64>) skip 11 {
  ^bb0(%xw: tensor<?x?x64xf64>, %fb: tensor<?x?x64xi1>, %v: tensor<?x64xf64>):
    %r = snn.linear %fb, %lateral3 : tensor<?x?x64xi1>, tensor<64x64xf64>
    %i = arith.addf %xw, %r : tensor<?x?x64xf64>
    %z, %vn = snn.lif %i init(%v : tensor<?x64xf64>)
        {decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>,
         snn.layer = "hidden3"} : tensor<?x?x64xf64>
    snn.yield %z : tensor<?x?x64xi1> feedback(%z : tensor<?x?x64xi1>)
        state(%vn : tensor<?x64xf64>)
  } -> (tensor<?x?x64xi1>) state(tensor<?x64xf64>) history(tensor<11x?x64xi1>)

  // The sum over time of the readout: an integrator without leak.
  %y = snn.linear %s3, %weight4, %bias4
      : tensor<?x?x64xi1>, tensor<12x64xf64>, tensor<12xf64>
  %sums, %logits = snn.li %y {decay = 1.0} : tensor<?x?x12xf64>
  return %s1, %s2, %s3, %logits
      : tensor<?x?x64xi1>, tensor<?x?x64xi1>, tensor<?x?x64xi1>, tensor<?x12xf64>
}
