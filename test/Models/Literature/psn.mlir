// The parallel spiking neuron: a learned T x T matrix along time, no reset.
//
// Source: PSN of Fang et al., Parallel Spiking Neurons (arXiv 2304.12760); b is
// added, as in its code, and is minus the threshold.
//
//   h[t] = sum over i of W[t, i] x[i],   s[t] = [h[t] + b[t] >= 0]
//
// W is dense, so step t hears later steps: the model is not causal and has the
// length of its matrix, here 128.

#out = affine_map<(t, b, n, i) -> (t, b, n)>
#matrix = affine_map<(t, b, n, i) -> (t, i)>
#in = affine_map<(t, b, n, i) -> (i, b, n)>

func.func @psn(%x: tensor<128x?x16xf64>,
               %w: tensor<64x16xf64> {snn.param = "w"},
               %time: tensor<128x128xf64> {snn.param = "time"},
               %bias: tensor<128xf64> {snn.param = "bias"})
    -> (tensor<128x?x64xi1>, tensor<128x?x64xf64>) {
  %i = snn.linear %x, %w : tensor<128x?x16xf64>, tensor<64x16xf64>

  %one = arith.constant 1 : index
  %zero = arith.constant 0.0 : f64
  %batch = tensor.dim %i, %one : tensor<128x?x64xf64>
  %empty = tensor.empty(%batch) : tensor<128x?x64xf64>
  %none = linalg.fill ins(%zero : f64) outs(%empty : tensor<128x?x64xf64>)
      -> tensor<128x?x64xf64>
  %h = linalg.generic
      {indexing_maps = [#matrix, #in, #out],
       iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%time, %i : tensor<128x128xf64>, tensor<128x?x64xf64>)
      outs(%none : tensor<128x?x64xf64>) {
  ^bb0(%wti: f64, %xi: f64, %sum: f64):
    %p = arith.mulf %wti, %xi : f64
    %next = arith.addf %sum, %p : f64
    linalg.yield %next : f64
  } -> tensor<128x?x64xf64>

  %s, %u = snn.neuron ins(%h : tensor<128x?x64xf64>)
      tables(%bias : tensor<128xf64>) {
  ^bb0(%ht: f64, %bt: f64):
    %u = arith.addf %ht, %bt : f64
    %s = snn.fire %u {threshold = 0.0} : f64
    snn.yield %s, %u : i1, f64
  } -> (tensor<128x?x64xi1>, tensor<128x?x64xf64>)
  return %s, %u : tensor<128x?x64xi1>, tensor<128x?x64xf64>
}
