// Attention over a whole sequence of spikes, then leaky neurons. Every step is
// weighted by its share of all steps, so the model is not causal.
//
// Source: the idea is that of Shan et al., Advancing Spiking Neural Networks
// towards Multiscale Spatiotemporal Interaction Learning, arXiv 2405.13672:
// weights over time and over channels, from features of several scales. Inferred:
// all equations; its networks are convolutional and train with a regularisation
// that is not here. With spikes s of 32 channels, and means over the last 1, 4
// and 16 steps,
//
//   f_k[t] = mean of s[t-k+1] .. s[t],   e[t] = sum over k of score_k . f_k[t]
//   a = softmax over t of e,   g = sigmoid(gate (mean over t of s) + shift)
//   i[t] = weight (T a[t] g s[t]) + bias              products per channel
//   u = 0.9 v[t-1] + i[t],   z[t] = [u >= 1],   v[t] = u - z[t]

#each = affine_map<(t, b, n) -> (t, b, n)>
#step = affine_map<(t, b, n) -> (t, b, 0)>
#once = affine_map<(t, b, n) -> (b, n)>
#state = affine_map<(b, n) -> (b, n)>

// sigmoid(gate (mean over time of x) + shift): one factor per channel.
func.func private @gate(%x: tensor<?x?x32xf64>, %length: f64,
                        %gate: tensor<32x32xf64> {snn.param = "gate"},
                        %shift: tensor<32xf64> {snn.param = "shift"})
    -> tensor<?x32xf64> {
  %c1 = arith.constant 1 : index
  %batch = tensor.dim %x, %c1 : tensor<?x?x32xf64>
  %zero = arith.constant 0.0 : f64
  %empty = tensor.empty(%batch) : tensor<?x32xf64>
  %none = linalg.fill ins(%zero : f64) outs(%empty : tensor<?x32xf64>)
      -> tensor<?x32xf64>
  %sum = linalg.reduce { arith.addf } ins(%x : tensor<?x?x32xf64>)
      outs(%none : tensor<?x32xf64>) dimensions = [0]
  %mean = linalg.generic
      {indexing_maps = [#state, #state], iterator_types = ["parallel", "parallel"]}
      ins(%sum : tensor<?x32xf64>) outs(%empty : tensor<?x32xf64>) {
  ^bb0(%total: f64, %out: f64):
    %quotient = arith.divf %total, %length : f64
    linalg.yield %quotient : f64
  } -> tensor<?x32xf64>
  %y = snn.linear %mean, %gate, %shift
      : tensor<?x32xf64>, tensor<32x32xf64>, tensor<32xf64>
  %g = linalg.generic
      {indexing_maps = [#state, #state], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<?x32xf64>) outs(%empty : tensor<?x32xf64>) {
  ^bb0(%value: f64, %out: f64):
    %one = arith.constant 1.0 : f64
    %minus = arith.negf %value : f64
    %power = math.exp %minus : f64
    %divisor = arith.addf %power, %one : f64
    %open = arith.divf %one, %divisor : f64
    linalg.yield %open : f64
  } -> tensor<?x32xf64>
  return %g : tensor<?x32xf64>
}

func.func @sma(
    %s: tensor<?x?x32xi1>,
    %score1: tensor<1x32xf64> {snn.param = "score1"},
    %score4: tensor<1x32xf64> {snn.param = "score4"},
    %score16: tensor<1x32xf64> {snn.param = "score16"},
    %gate: tensor<32x32xf64> {snn.param = "gate"},
    %shift: tensor<32xf64> {snn.param = "shift"},
    %weight: tensor<64x32xf64> {snn.param = "weight"},
    %bias: tensor<64xf64> {snn.param = "bias"})
    -> (tensor<?x?x64xi1>, tensor<?x?x1xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %steps = tensor.dim %s, %c0 : tensor<?x?x32xi1>
  %batch = tensor.dim %s, %c1 : tensor<?x?x32xi1>
  %count = arith.index_cast %steps : index to i64
  %length = arith.sitofp %count : i64 to f64
  %x = arith.uitofp %s : tensor<?x?x32xi1> to tensor<?x?x32xf64>

  // Scores of the steps, from three scales.
  %mean4 = arith.constant dense<0.25> : tensor<4xf64>
  %mean16 = arith.constant dense<0.0625> : tensor<16xf64>
  %f4, %last4 = snn.temporal_conv %x, %mean4 : tensor<?x?x32xf64>, tensor<4xf64>
  %f16, %last16 = snn.temporal_conv %x, %mean16
      : tensor<?x?x32xf64>, tensor<16xf64>
  %e1 = snn.linear %s, %score1 : tensor<?x?x32xi1>, tensor<1x32xf64>
  %e4 = snn.linear %f4, %score4 : tensor<?x?x32xf64>, tensor<1x32xf64>
  %e16 = snn.linear %f16, %score16 : tensor<?x?x32xf64>, tensor<1x32xf64>
  %e5 = arith.addf %e1, %e4 : tensor<?x?x1xf64>
  %e = arith.addf %e5, %e16 : tensor<?x?x1xf64>

  // Weights of the steps and of the channels.
  %shares = tensor.empty(%steps, %batch) : tensor<?x?x1xf64>
  %a = linalg.softmax dimension(0) ins(%e : tensor<?x?x1xf64>)
      outs(%shares : tensor<?x?x1xf64>) -> tensor<?x?x1xf64>
  %g = func.call @gate(%x, %length, %gate, %shift)
      : (tensor<?x?x32xf64>, f64, tensor<32x32xf64>, tensor<32xf64>)
      -> tensor<?x32xf64>
  %weighted = linalg.generic
      {indexing_maps = [#each, #step, #once, #each],
       iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %a, %g : tensor<?x?x32xf64>, tensor<?x?x1xf64>, tensor<?x32xf64>)
      outs(%x : tensor<?x?x32xf64>) {
  ^bb0(%spike: f64, %share: f64, %open: f64, %out: f64):
    %relative = arith.mulf %length, %share : f64
    %factor = arith.mulf %relative, %open : f64
    %product = arith.mulf %factor, %spike : f64
    linalg.yield %product : f64
  } -> tensor<?x?x32xf64>

  %i = snn.linear %weighted, %weight, %bias
      : tensor<?x?x32xf64>, tensor<64x32xf64>, tensor<64xf64>
  %z, %vT = snn.lif %i
      {decay = 0.9, threshold = 1.0, reset = #snn.reset<subtract>,
       snn.layer = "hidden"} : tensor<?x?x64xf64>
  return %z, %a : tensor<?x?x64xi1>, tensor<?x?x1xf64>
}
