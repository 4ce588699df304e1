// A few-spikes neuron: it has no input, and codes a value in four spikes.
//
// Source: Stoeckl and Maass, Optimized spiking neurons can classify images with
// high accuracy through temporal coding with two spikes, 2021. With tables
// theta, h and d of one entry per step:
//
//   s[t] = [v >= theta[t]],   v = v - h[t] s[t],   y = y + d[t] s[t]
//
// Without inputs the tables say how long a run is. The value coded is the
// potential before step 0: without time, so an argument like a parameter.

func.func @few_spikes(%value: tensor<?x3xf32> {snn.param = "value"},
                      %theta: tensor<4xf32> {snn.param = "theta"},
                      %h: tensor<4xf32> {snn.param = "h"},
                      %d: tensor<4xf32> {snn.param = "d"})
    -> (tensor<?x?x3xi1>, tensor<?x3xf32> {snn.static}) {
  %first = arith.constant 0 : index
  %b = tensor.dim %value, %first : tensor<?x3xf32>
  %zero = arith.constant 0.0 : f32
  %none = tensor.splat %zero[%b] : tensor<?x3xf32>
  %spikes, %left, %decoded = snn.neuron
      tables(%theta, %h, %d : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
      init(%value, %none : tensor<?x3xf32>, tensor<?x3xf32>) {
  ^bb0(%thetat: f32, %ht: f32, %dt: f32, %v: f32, %y: f32):
    %s = snn.fire %v, %thetat : f32
    %lower = arith.subf %v, %ht : f32
    %v1 = arith.select %s, %lower, %v : f32
    %more = arith.addf %y, %dt : f32
    %y1 = arith.select %s, %more, %y : f32
    snn.yield %s : i1 state(%v1, %y1 : f32, f32)
  } -> (tensor<?x?x3xi1>) state(tensor<?x3xf32>, tensor<?x3xf32>)
  return %spikes, %decoded : tensor<?x?x3xi1>, tensor<?x3xf32>
}
