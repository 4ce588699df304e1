// A layer of ELM neurons: traces of synapses, sums of branches, and memories that
// an MLP of all of them drives.
//
// Source: Spieler et al., The Expressive Leaky Memory Neuron, arXiv 2306.16922, as
// in its code. With 16 branches of 4 synapses, 64 memories and an MLP of 128
// hidden units:
//
//   s[t] = k_s s[t-1] + w_s x[t]                  traces of the synapses
//   r[t] = sums of s[t] over the synapses of each branch
//   dm[t] = tanh(W2 silu(W1 (r[t], k_m m[t-1]) + b1) + b2)
//   m[t] = k_m m[t-1] + lambda (1 - k_m) dm[t]
//   y[t] = W_y m[t] + b_y                         the readout
//
// W1 is given in two parts, for r and for m. The traces are a linear recurrence;
// every memory reads every other of one step ago, so the rest is serial.

func.func @elm(
    %x: tensor<?x?x64xi1>,
    %w_s: tensor<64xf64> {snn.param = "synapse.weight"},
    %k_s: tensor<64xf64> {snn.param = "synapse.decay"},
    %w1_r: tensor<128x16xf64> {snn.param = "hidden.weight.branch"},
    %w1_m: tensor<128x64xf64> {snn.param = "hidden.weight.memory"},
    %b1: tensor<128xf64> {snn.param = "hidden.bias"},
    %w2: tensor<64x128xf64> {snn.param = "update.weight"},
    %b2: tensor<64xf64> {snn.param = "update.bias"},
    %k_m: tensor<64xf64> {snn.param = "memory.decay"},
    %lambda: tensor<f64> {snn.param = "lambda"},
    %w_y: tensor<2x64xf64> {snn.param = "readout.weight"},
    %b_y: tensor<2xf64> {snn.param = "readout.bias"})
    -> (tensor<?x?x64xf64>, tensor<?x?x2xf64>) {
  // Traces of the synapses.
  %s, %sT = snn.neuron ins(%x : tensor<?x?x64xi1>)
      params(%w_s, %k_s : tensor<64xf64>, tensor<64xf64>) {
  ^bb0(%spike: i1, %w: f64, %k: f64, %s0: f64):
    %zero = arith.constant 0.0 : f64
    %input = arith.select %spike, %w, %zero : f64
    %old = arith.mulf %k, %s0 : f64
    %s1 = arith.addf %old, %input : f64
    snn.yield %s1 : f64 state(%s1 : f64)
  } -> (tensor<?x?x64xf64>) state(tensor<?x64xf64>)

  // Sums of the branches, of which each has four synapses in a row.
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %steps = tensor.dim %s, %c0 : tensor<?x?x64xf64>
  %batch = tensor.dim %s, %c1 : tensor<?x?x64xf64>
  %branches = tensor.expand_shape %s [[0], [1], [2, 3]]
      output_shape [%steps, %batch, 16, 4]
      : tensor<?x?x64xf64> into tensor<?x?x16x4xf64>
  %zero = arith.constant 0.0 : f64
  %empty = tensor.empty(%steps, %batch) : tensor<?x?x16xf64>
  %none = linalg.fill ins(%zero : f64) outs(%empty : tensor<?x?x16xf64>)
      -> tensor<?x?x16xf64>
  %r = linalg.reduce { arith.addf } ins(%branches : tensor<?x?x16x4xf64>)
      outs(%none : tensor<?x?x16xf64>) dimensions = [3]

  // The memories.
  %m, %mT = snn.recurrent ins(%r : tensor<?x?x16xf64>) skip 1 {
  ^bb0(%rw: tensor<?x?x16xf64>, %m0: tensor<?x?x64xf64>):
    %left = snn.neuron ins(%m0 : tensor<?x?x64xf64>) params(%k_m : tensor<64xf64>) {
    ^bb1(%old: f64, %k: f64):
      %part = arith.mulf %k, %old : f64
      snn.yield %part : f64
    } -> (tensor<?x?x64xf64>)
    %of_r = snn.linear %rw, %w1_r, %b1
        : tensor<?x?x16xf64>, tensor<128x16xf64>, tensor<128xf64>
    %of_m = snn.linear %left, %w1_m : tensor<?x?x64xf64>, tensor<128x64xf64>
    %hidden = arith.addf %of_r, %of_m : tensor<?x?x128xf64>
    %active = snn.neuron ins(%hidden : tensor<?x?x128xf64>) {
    ^bb1(%a: f64):
      %one = arith.constant 1.0 : f64
      %minus = arith.negf %a : f64
      %power = math.exp %minus : f64
      %divisor = arith.addf %power, %one : f64
      %silu = arith.divf %a, %divisor : f64
      snn.yield %silu : f64
    } -> (tensor<?x?x128xf64>)
    %drive = snn.linear %active, %w2, %b2
        : tensor<?x?x128xf64>, tensor<64x128xf64>, tensor<64xf64>
    %m1 = snn.neuron ins(%left, %drive : tensor<?x?x64xf64>, tensor<?x?x64xf64>)
        params(%k_m, %lambda : tensor<64xf64>, tensor<f64>) {
    ^bb1(%leftt: f64, %drivet: f64, %k: f64, %scale: f64):
      %one = arith.constant 1.0 : f64
      %dm = math.tanh %drivet : f64
      %rest = arith.subf %one, %k : f64
      %gain = arith.mulf %scale, %rest : f64
      %update = arith.mulf %gain, %dm : f64
      %mt = arith.addf %leftt, %update : f64
      snn.yield %mt : f64
    } -> (tensor<?x?x64xf64>)
    snn.yield %m1 : tensor<?x?x64xf64> feedback(%m1 : tensor<?x?x64xf64>)
  } -> (tensor<?x?x64xf64>) history(tensor<1x?x64xf64>)

  %y = snn.linear %m, %w_y, %b_y
      : tensor<?x?x64xf64>, tensor<2x64xf64>, tensor<2xf64>
  return %m, %y : tensor<?x?x64xf64>, tensor<?x?x2xf64>
}
