// A layer of ELM neurons: traces of synapses, sums of branches, and memories that
// an MLP of all of them drives.
//
// Source: Spieler et al., The Expressive Leaky Memory Neuron, arXiv 2306.16922, as
// in its code. With 35 branches of 4 synapses, 100 memories and an MLP of 200
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
    %x: tensor<?x?x140xi1>,
    %w_s: tensor<140xf32> {snn.param = "synapse.weight"},
    %k_s: tensor<140xf32> {snn.param = "synapse.decay"},
    %w1_r: tensor<200x35xf32> {snn.param = "hidden.weight.branch"},
    %w1_m: tensor<200x100xf32> {snn.param = "hidden.weight.memory"},
    %b1: tensor<200xf32> {snn.param = "hidden.bias"},
    %w2: tensor<100x200xf32> {snn.param = "update.weight"},
    %b2: tensor<100xf32> {snn.param = "update.bias"},
    %k_m: tensor<100xf32> {snn.param = "memory.decay"},
    %lambda: tensor<f32> {snn.param = "lambda"},
    %w_y: tensor<35x100xf32> {snn.param = "readout.weight"},
    %b_y: tensor<35xf32> {snn.param = "readout.bias"})
    -> (tensor<?x?x100xf32>, tensor<?x?x35xf32>) {
  // Traces of the synapses.
  %s, %sT = snn.neuron ins(%x : tensor<?x?x140xi1>)
      params(%w_s, %k_s : tensor<140xf32>, tensor<140xf32>) {
  ^bb0(%spike: i1, %w: f32, %k: f32, %s0: f32):
    %zero = arith.constant 0.0 : f32
    %input = arith.select %spike, %w, %zero : f32
    %old = arith.mulf %k, %s0 : f32
    %s1 = arith.addf %old, %input : f32
    snn.yield %s1 : f32 state(%s1 : f32)
  } -> (tensor<?x?x140xf32>) state(tensor<?x140xf32>)

  // Sums of the branches, of which each has four synapses in a row.
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %steps = tensor.dim %s, %c0 : tensor<?x?x140xf32>
  %batch = tensor.dim %s, %c1 : tensor<?x?x140xf32>
  %branches = tensor.expand_shape %s [[0], [1], [2, 3]]
      output_shape [%steps, %batch, 35, 4]
      : tensor<?x?x140xf32> into tensor<?x?x35x4xf32>
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty(%steps, %batch) : tensor<?x?x35xf32>
  %none = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x?x35xf32>)
      -> tensor<?x?x35xf32>
  %r = linalg.reduce { arith.addf } ins(%branches : tensor<?x?x35x4xf32>)
      outs(%none : tensor<?x?x35xf32>) dimensions = [3]

  // The memories.
  %m, %mT = snn.recurrent ins(%r : tensor<?x?x35xf32>) skip 1 {
  ^bb0(%rw: tensor<?x?x35xf32>, %m0: tensor<?x?x100xf32>):
    %left = snn.neuron ins(%m0 : tensor<?x?x100xf32>) params(%k_m : tensor<100xf32>) {
    ^bb1(%old: f32, %k: f32):
      %part = arith.mulf %k, %old : f32
      snn.yield %part : f32
    } -> (tensor<?x?x100xf32>)
    %of_r = snn.linear %rw, %w1_r, %b1
        : tensor<?x?x35xf32>, tensor<200x35xf32>, tensor<200xf32>
    %of_m = snn.linear %left, %w1_m : tensor<?x?x100xf32>, tensor<200x100xf32>
    %hidden = arith.addf %of_r, %of_m : tensor<?x?x200xf32>
    %active = snn.neuron ins(%hidden : tensor<?x?x200xf32>) {
    ^bb1(%a: f32):
      %one = arith.constant 1.0 : f32
      %minus = arith.negf %a : f32
      %power = math.exp %minus : f32
      %divisor = arith.addf %power, %one : f32
      %silu = arith.divf %a, %divisor : f32
      snn.yield %silu : f32
    } -> (tensor<?x?x200xf32>)
    %drive = snn.linear %active, %w2, %b2
        : tensor<?x?x200xf32>, tensor<100x200xf32>, tensor<100xf32>
    %m1 = snn.neuron ins(%left, %drive : tensor<?x?x100xf32>, tensor<?x?x100xf32>)
        params(%k_m, %lambda : tensor<100xf32>, tensor<f32>) {
    ^bb1(%leftt: f32, %drivet: f32, %k: f32, %scale: f32):
      %one = arith.constant 1.0 : f32
      %dm = math.tanh %drivet : f32
      %rest = arith.subf %one, %k : f32
      %gain = arith.mulf %scale, %rest : f32
      %update = arith.mulf %gain, %dm : f32
      %mt = arith.addf %leftt, %update : f32
      snn.yield %mt : f32
    } -> (tensor<?x?x100xf32>)
    snn.yield %m1 : tensor<?x?x100xf32> feedback(%m1 : tensor<?x?x100xf32>)
  } -> (tensor<?x?x100xf32>) history(tensor<1x?x100xf32>)

  %y = snn.linear %m, %w_y, %b_y
      : tensor<?x?x100xf32>, tensor<35x100xf32>, tensor<35xf32>
  return %m, %y : tensor<?x?x100xf32>, tensor<?x?x35xf32>
}
