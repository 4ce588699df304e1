// ASRC-SNN as it is evaluated: each layer's span is learned, and computed here
// from the logits p of its spans 1 to K = 21.
//
// Source: Xu et al., ASRC-SNN: Adaptive Skip Recurrent Connection Spiking Neural
// Network, arXiv 2505.11455, as in its code. With s(0) the input,
//
//   lambda = 1 + argmax(p)                                  one p per layer
//   i[t] = weight s(l-1)[t] + bias + lateral s(l)[t - lambda]
//   u = 0.5 v[t-1] + i[t],   s(l)[t] = [u >= 1],   v[t] = u - s(l)[t]
//   logits = sum over t of (readout s(2)[t] + bias)
//
// asrc_snn_taps.mlir is the form of its training; at a low temperature the two
// are equal.

#each = affine_map<(k) -> (k)>
#all = affine_map<(k) -> ()>

// 1 + argmax(p); of equal logits the first.
func.func private @span(%p: tensor<21xf64>) -> i64 {
  %lowest = arith.constant dense<0xFFF0000000000000> : tensor<f64>
  %first = arith.constant dense<0> : tensor<i64>
  %best:2 = linalg.generic
      {indexing_maps = [#each, #all, #all], iterator_types = ["reduction"]}
      ins(%p : tensor<21xf64>) outs(%lowest, %first : tensor<f64>, tensor<i64>) {
  ^bb0(%value: f64, %max: f64, %at: i64):
    %k = linalg.index 0 : index
    %index = arith.index_cast %k : index to i64
    %higher = arith.cmpf ogt, %value, %max : f64
    %max1 = arith.select %higher, %value, %max : f64
    %at1 = arith.select %higher, %index, %at : i64
    linalg.yield %max1, %at1 : f64, i64
  } -> (tensor<f64>, tensor<i64>)
  %argmax = tensor.extract %best#1[] : tensor<i64>
  %one = arith.constant 1 : i64
  %span = arith.addi %argmax, %one : i64
  return %span : i64
}

// What is the same in each layer: recurrence over the span, and the neurons.
func.func private @layer(%x: tensor<?x?x64xf64>,
                         %lateral: tensor<64x64xf64> {snn.param = "lateral"},
                         %p: tensor<21xf64> {snn.param = "p"}) -> tensor<?x?x64xi1> {
  %span = func.call @span(%p) : (tensor<21xf64>) -> i64
  %s, %vT, %hT = snn.recurrent ins(%x : tensor<?x?x64xf64>)
      skip upto 21 (%span : i64) {
  ^bb0(%xw: tensor<?x?x64xf64>, %fb: tensor<?x?x64xi1>, %v: tensor<?x64xf64>):
    %r = snn.linear %fb, %lateral : tensor<?x?x64xi1>, tensor<64x64xf64>
    %i = arith.addf %xw, %r : tensor<?x?x64xf64>
    %z, %vn = snn.lif %i init(%v : tensor<?x64xf64>)
        {decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>}
        : tensor<?x?x64xf64>
    snn.yield %z : tensor<?x?x64xi1> feedback(%z : tensor<?x?x64xi1>)
        state(%vn : tensor<?x64xf64>)
  } -> (tensor<?x?x64xi1>) state(tensor<?x64xf64>) history(tensor<21x?x64xi1>)
  return %s : tensor<?x?x64xi1>
}

func.func @asrc_snn(
    %x: tensor<?x?x40xf64>,
    %weight1: tensor<64x40xf64> {snn.param = "layer1.weight"},
    %bias1: tensor<64xf64> {snn.param = "layer1.bias"},
    %lateral1: tensor<64x64xf64> {snn.param = "layer1.lateral"},
    %p1: tensor<21xf64> {snn.param = "layer1.p"},
    %weight2: tensor<64x64xf64> {snn.param = "layer2.weight"},
    %bias2: tensor<64xf64> {snn.param = "layer2.bias"},
    %lateral2: tensor<64x64xf64> {snn.param = "layer2.lateral"},
    %p2: tensor<21xf64> {snn.param = "layer2.p"},
    %weight3: tensor<12x64xf64> {snn.param = "readout.weight"},
    %bias3: tensor<12xf64> {snn.param = "readout.bias"})
    -> (tensor<?x?x64xi1>, tensor<?x?x64xi1>, tensor<?x12xf64> {snn.static}) {
  %x1 = snn.linear %x, %weight1, %bias1
      : tensor<?x?x40xf64>, tensor<64x40xf64>, tensor<64xf64>
  %s1 = func.call @layer(%x1, %lateral1, %p1)
      : (tensor<?x?x64xf64>, tensor<64x64xf64>, tensor<21xf64>)
      -> tensor<?x?x64xi1>
  %x2 = snn.linear %s1, %weight2, %bias2
      : tensor<?x?x64xi1>, tensor<64x64xf64>, tensor<64xf64>
  %s2 = func.call @layer(%x2, %lateral2, %p2)
      : (tensor<?x?x64xf64>, tensor<64x64xf64>, tensor<21xf64>)
      -> tensor<?x?x64xi1>

  // The sum over time of the readout: an integrator without leak.
  %y = snn.linear %s2, %weight3, %bias3
      : tensor<?x?x64xi1>, tensor<12x64xf64>, tensor<12xf64>
  %sums, %logits = snn.li %y {decay = 1.0} : tensor<?x?x12xf64>
  return %s1, %s2, %logits
      : tensor<?x?x64xi1>, tensor<?x?x64xi1>, tensor<?x12xf64>
}
