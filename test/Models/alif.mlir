// A neuron of one's own: the adaptive threshold of ALIF, written as one step.
//
// Source: the adaptive LIF of Bellec et al. (LSNN, 2018), soft reset.
//
//   u = 0.875 v[t-1] + x[t]               the membrane
//   s = [u >= 1 + a[t-1]]                 a threshold that adapts
//   v[t] = u - 1 - a[t-1] if s else u     a soft reset by that threshold
//   a[t] = 0.96875 a[t-1] + s             a spike raises it, and it decays back

func.func @alif(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xi1> {
  %spikes, %vT, %aT = snn.neuron ins(%x : tensor<?x?x4xf32>) {
  ^bb0(%xt: f32, %v: f32, %a: f32):
    %beta = arith.constant 0.875 : f32
    %rho = arith.constant 0.96875 : f32
    %one = arith.constant 1.0 : f32
    %decayed = arith.mulf %beta, %v : f32
    %u = arith.addf %decayed, %xt : f32
    %threshold = arith.addf %a, %one : f32
    %s = snn.fire %u, %threshold : f32
    %left = arith.subf %u, %threshold : f32
    %v1 = arith.select %s, %left, %u : f32
    %old = arith.mulf %rho, %a : f32
    %raised = arith.addf %old, %one : f32
    %a1 = arith.select %s, %raised, %old : f32
    snn.yield %s : i1 state(%v1, %a1 : f32, f32)
  } -> (tensor<?x?x4xi1>) state(tensor<?x4xf32>, tensor<?x4xf32>)
  return %spikes : tensor<?x?x4xi1>
}
