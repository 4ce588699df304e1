// Few-spikes neurons: an activation function as a number in K = 8 spikes.
//
// Source: Stoeckl and Maass, Optimized spiking neurons can classify images with
// high accuracy through temporal coding with two spikes, arXiv 2002.00860. With
// tables theta, h and d of one entry per step,
//
//   v = weight x + bias                                before step 0
//   s[t] = [v >= theta[t]],   v = v - h[t] s[t],   y = y + d[t] s[t]
//
// Steps are the places of the number, not time: a run has as many as the tables.
// So x has no time, and is an argument like a parameter.

func.func @few_spikes(
    %x: tensor<?x32xf64> {snn.param = "x"},
    %weight: tensor<64x32xf64> {snn.param = "fc.weight"},
    %bias: tensor<64xf64> {snn.param = "fc.bias"},
    %theta: tensor<8xf64> {snn.param = "theta"},
    %h: tensor<8xf64> {snn.param = "h"},
    %d: tensor<8xf64> {snn.param = "d"})
    -> (tensor<?x?x64xi1>, tensor<?x64xf64> {snn.static}) {
  %first = arith.constant 0 : index
  %batch = tensor.dim %x, %first : tensor<?x32xf64>
  %zero = arith.constant 0.0 : f64
  %none = tensor.splat %zero[%batch] : tensor<?x64xf64>

  %value = snn.linear %x, %weight, %bias
      : tensor<?x32xf64>, tensor<64x32xf64>, tensor<64xf64>
  %spikes, %left, %decoded = snn.neuron
      tables(%theta, %h, %d : tensor<8xf64>, tensor<8xf64>, tensor<8xf64>)
      init(%value, %none : tensor<?x64xf64>, tensor<?x64xf64>) {
  ^bb0(%thetat: f64, %ht: f64, %dt: f64, %v: f64, %y: f64):
    %s = snn.fire %v, %thetat : f64
    %lower = arith.subf %v, %ht : f64
    %v1 = arith.select %s, %lower, %v : f64
    %more = arith.addf %y, %dt : f64
    %y1 = arith.select %s, %more, %y : f64
    snn.yield %s : i1 state(%v1, %y1 : f64, f64)
  } -> (tensor<?x?x64xi1>) state(tensor<?x64xf64>, tensor<?x64xf64>)
  return %spikes, %decoded : tensor<?x?x64xi1>, tensor<?x64xf64>
}
