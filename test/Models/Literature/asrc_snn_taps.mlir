// ASRC-SNN as it is trained: each layer hears a mixture of its spikes of the last
// K = 21 steps, whose weights are a softmax with a temperature.
//
// Source: Xu et al., ASRC-SNN: Adaptive Skip Recurrent Connection Spiking Neural
// Network, arXiv 2505.11455, as in its code. With s(0) the input,
//
//   a = softmax(p / tau)                                    one p per layer
//   i[t] = weight s(l-1)[t] + bias
//        + lateral (sum over k = 1..K of a[k] s(l)[t-k])
//   u = 0.5 v[t-1] + i[t],   s(l)[t] = [u >= 1],   v[t] = u - s(l)[t]
//   logits = sum over t of (readout s(2)[t] + bias)
//
// Training lowers tau, so that a becomes one span: asrc_snn.mlir.

#each = affine_map<(k) -> (k)>
#all = affine_map<(k) -> ()>

// softmax(p / tau): the shares of the last 21 steps.
func.func private @mix(%p: tensor<21xf64>, %tau: tensor<f64>) -> tensor<21xf64> {
  %empty = tensor.empty() : tensor<21xf64>
  %q = linalg.generic
      {indexing_maps = [#each, #all, #each], iterator_types = ["parallel"]}
      ins(%p, %tau : tensor<21xf64>, tensor<f64>) outs(%empty : tensor<21xf64>) {
  ^bb0(%value: f64, %divisor: f64, %out: f64):
    %quotient = arith.divf %value, %divisor : f64
    linalg.yield %quotient : f64
  } -> tensor<21xf64>
  %a = linalg.softmax dimension(0) ins(%q : tensor<21xf64>)
      outs(%empty : tensor<21xf64>) -> tensor<21xf64>
  return %a : tensor<21xf64>
}

// What is the same in each layer: recurrence over the mixture, and the neurons.
func.func private @layer(%x: tensor<?x?x64xf64>,
                         %lateral: tensor<64x64xf64> {snn.param = "lateral"},
                         %p: tensor<21xf64> {snn.param = "p"},
                         %tau: tensor<f64> {snn.param = "tau"})
    -> tensor<?x?x64xi1> {
  %a = func.call @mix(%p, %tau) : (tensor<21xf64>, tensor<f64>) -> tensor<21xf64>
  %s, %vT, %hT = snn.recurrent ins(%x : tensor<?x?x64xf64>)
      skip taps (%a : tensor<21xf64>) {
  ^bb0(%xw: tensor<?x?x64xf64>, %fb: tensor<?x?x64xf64>, %v: tensor<?x64xf64>):
    %r = snn.linear %fb, %lateral : tensor<?x?x64xf64>, tensor<64x64xf64>
    %i = arith.addf %xw, %r : tensor<?x?x64xf64>
    %z, %vn = snn.lif %i init(%v : tensor<?x64xf64>)
        {decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>}
        : tensor<?x?x64xf64>
    snn.yield %z : tensor<?x?x64xi1> feedback(%z : tensor<?x?x64xi1>)
        state(%vn : tensor<?x64xf64>)
  } -> (tensor<?x?x64xi1>) state(tensor<?x64xf64>) history(tensor<21x?x64xi1>)
  return %s : tensor<?x?x64xi1>
}

func.func @asrc_snn_taps(
    %x: tensor<?x?x40xf64>,
    %weight1: tensor<64x40xf64> {snn.param = "layer1.weight"},
    %bias1: tensor<64xf64> {snn.param = "layer1.bias"},
    %lateral1: tensor<64x64xf64> {snn.param = "layer1.lateral"},
    %p1: tensor<21xf64> {snn.param = "layer1.p"},
    %weight2: tensor<64x64xf64> {snn.param = "layer2.weight"},
    %bias2: tensor<64xf64> {snn.param = "layer2.bias"},
    %lateral2: tensor<64x64xf64> {snn.param = "layer2.lateral"},
    %p2: tensor<21xf64> {snn.param = "layer2.p"},
    %tau: tensor<f64> {snn.param = "tau"},
    %weight3: tensor<12x64xf64> {snn.param = "readout.weight"},
    %bias3: tensor<12xf64> {snn.param = "readout.bias"})
    -> (tensor<?x?x64xi1>, tensor<?x?x64xi1>, tensor<?x12xf64> {snn.static}) {
  %x1 = snn.linear %x, %weight1, %bias1
      : tensor<?x?x40xf64>, tensor<64x40xf64>, tensor<64xf64>
  %s1 = func.call @layer(%x1, %lateral1, %p1, %tau)
      : (tensor<?x?x64xf64>, tensor<64x64xf64>, tensor<21xf64>,
         tensor<f64>) -> tensor<?x?x64xi1>
  %x2 = snn.linear %s1, %weight2, %bias2
      : tensor<?x?x64xi1>, tensor<64x64xf64>, tensor<64xf64>
  %s2 = func.call @layer(%x2, %lateral2, %p2, %tau)
      : (tensor<?x?x64xf64>, tensor<64x64xf64>, tensor<21xf64>,
         tensor<f64>) -> tensor<?x?x64xi1>

  // The sum over time of the readout: an integrator without leak.
  %y = snn.linear %s2, %weight3, %bias3
      : tensor<?x?x64xi1>, tensor<12x64xf64>, tensor<12xf64>
  %sums, %logits = snn.li %y {decay = 1.0} : tensor<?x?x12xf64>
  return %s1, %s2, %logits
      : tensor<?x?x64xi1>, tensor<?x?x64xi1>, tensor<?x12xf64>
}
