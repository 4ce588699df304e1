// ASRC-SNN for spoken words (GSC), as it is evaluated: spans up to K = 21, each
// computed here from the logits p of its layer.
//
// Source: Xu et al., ASRC-SNN: Adaptive Skip Recurrent Connection Spiking Neural
// Network, arXiv 2505.11455, as in its code. With layer l and s(0) the input,
//
//   lambda = 1 + argmax(p)                                  one p per layer
//   i[t] = weight s(l-1)[t] + bias + lateral s(l)[t - lambda]
//   u = 0.5 v[t-1] + i[t],   s(l)[t] = [u >= 1],   v[t] = u - s(l)[t]
//   logits = sum over t of (readout s(3)[t] + bias)

#each = affine_map<(k) -> (k)>
#all = affine_map<(k) -> ()>

// 1 + argmax(p); of equal logits the first.
func.func private @span(%p: tensor<21xf32>) -> i64 {
  %lowest = arith.constant dense<0xFF800000> : tensor<f32>
  %first = arith.constant dense<0> : tensor<i64>
  %best:2 = linalg.generic
      {indexing_maps = [#each, #all, #all], iterator_types = ["reduction"]}
      ins(%p : tensor<21xf32>) outs(%lowest, %first : tensor<f32>, tensor<i64>) {
  ^bb0(%value: f32, %max: f32, %at: i64):
    %k = linalg.index 0 : index
    %index = arith.index_cast %k : index to i64
    %higher = arith.cmpf ogt, %value, %max : f32
    %max1 = arith.select %higher, %value, %max : f32
    %at1 = arith.select %higher, %index, %at : i64
    linalg.yield %max1, %at1 : f32, i64
  } -> (tensor<f32>, tensor<i64>)
  %argmax = tensor.extract %best#1[] : tensor<i64>
  %one = arith.constant 1 : i64
  %span = arith.addi %argmax, %one : i64
  return %span : i64
}

// A layer from its input current on: recurrence over the span, and the neurons.
func.func private @layer(
    %x: tensor<?x?x128xf32>, %lateral: tensor<128x128xf32> {snn.param = "lateral"},
    %p: tensor<21xf32> {snn.param = "p"}) -> tensor<?x?x128xi1> {
  %span = func.call @span(%p) : (tensor<21xf32>) -> i64
  %s, %vT, %hT = snn.recurrent ins(%x : tensor<?x?x128xf32>)
      skip upto 21 (%span : i64) {
  ^bb0(%xw: tensor<?x?x128xf32>, %fb: tensor<?x?x128xi1>, %v: tensor<?x128xf32>):
    %r = snn.linear %fb, %lateral : tensor<?x?x128xi1>, tensor<128x128xf32>
    %i = arith.addf %xw, %r : tensor<?x?x128xf32>
    %z, %vn = snn.lif %i init(%v : tensor<?x128xf32>)
        {decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>}
        : tensor<?x?x128xf32>
    snn.yield %z : tensor<?x?x128xi1> feedback(%z : tensor<?x?x128xi1>)
        state(%vn : tensor<?x128xf32>)
  } -> (tensor<?x?x128xi1>) state(tensor<?x128xf32>) history(tensor<21x?x128xi1>)
  return %s : tensor<?x?x128xi1>
}

func.func @asrc_gsc(
    %x: tensor<?x?x40xf32>,
    %weight1: tensor<128x40xf32> {snn.param = "layer1.weight"},
    %bias1: tensor<128xf32> {snn.param = "layer1.bias"},
    %lateral1: tensor<128x128xf32> {snn.param = "layer1.lateral"},
    %p1: tensor<21xf32> {snn.param = "layer1.p"},
    %weight2: tensor<128x128xf32> {snn.param = "layer2.weight"},
    %bias2: tensor<128xf32> {snn.param = "layer2.bias"},
    %lateral2: tensor<128x128xf32> {snn.param = "layer2.lateral"},
    %p2: tensor<21xf32> {snn.param = "layer2.p"},
    %weight3: tensor<128x128xf32> {snn.param = "layer3.weight"},
    %bias3: tensor<128xf32> {snn.param = "layer3.bias"},
    %lateral3: tensor<128x128xf32> {snn.param = "layer3.lateral"},
    %p3: tensor<21xf32> {snn.param = "layer3.p"},
    %weight4: tensor<12x128xf32> {snn.param = "readout.weight"},
    %bias4: tensor<12xf32> {snn.param = "readout.bias"})
    -> (tensor<?x?x128xi1>, tensor<?x?x128xi1>, tensor<?x?x128xi1>,
        tensor<?x12xf32> {snn.static}) {
  %x1 = snn.linear %x, %weight1, %bias1
      : tensor<?x?x40xf32>, tensor<128x40xf32>, tensor<128xf32>
  %s1 = func.call @layer(%x1, %lateral1, %p1)
      : (tensor<?x?x128xf32>, tensor<128x128xf32>, tensor<21xf32>) -> tensor<?x?x128xi1>
  %x2 = snn.linear %s1, %weight2, %bias2
      : tensor<?x?x128xi1>, tensor<128x128xf32>, tensor<128xf32>
  %s2 = func.call @layer(%x2, %lateral2, %p2)
      : (tensor<?x?x128xf32>, tensor<128x128xf32>, tensor<21xf32>) -> tensor<?x?x128xi1>
  %x3 = snn.linear %s2, %weight3, %bias3
      : tensor<?x?x128xi1>, tensor<128x128xf32>, tensor<128xf32>
  %s3 = func.call @layer(%x3, %lateral3, %p3)
      : (tensor<?x?x128xf32>, tensor<128x128xf32>, tensor<21xf32>) -> tensor<?x?x128xi1>

  // The sum over time of the readout: an integrator without leak.
  %y = snn.linear %s3, %weight4, %bias4
      : tensor<?x?x128xi1>, tensor<12x128xf32>, tensor<12xf32>
  %sums, %logits = snn.li %y {decay = 1.0} : tensor<?x?x12xf32>
  return %s1, %s2, %s3, %logits
      : tensor<?x?x128xi1>, tensor<?x?x128xi1>, tensor<?x?x128xi1>,
        tensor<?x12xf32>
}
