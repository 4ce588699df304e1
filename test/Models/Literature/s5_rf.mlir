// S5-RF: resonate-and-fire neurons as a diagonal state space of a whole layer.
//
// Source: Huber et al. (arXiv 2504.00719). With complex eigenvalues lambda and
// steps dt per neuron, and a complex matrix B,
//
//   A = exp(lambda dt)
//   x[t] = A x[t-1] + Bbar u[t],   s[t] = [Re x[t] >= 1]
//   first layer:   Bbar = (A - 1) / lambda B      zero-order hold of samples
//   later layers:  Bbar = dt B                    spikes are impulses (Dirac)

func.func @s5_rf(%u: tensor<?x?x16xf64>,
                 %re1: tensor<48xf64> {snn.param = "lambda1.re"},
                 %im1: tensor<48xf64> {snn.param = "lambda1.im"},
                 %dt1: tensor<48xf64> {snn.param = "dt1"},
                 %bre1: tensor<48x16xf64> {snn.param = "b1.re"},
                 %bim1: tensor<48x16xf64> {snn.param = "b1.im"},
                 %re2: tensor<48xf64> {snn.param = "lambda2.re"},
                 %im2: tensor<48xf64> {snn.param = "lambda2.im"},
                 %dt2: tensor<48xf64> {snn.param = "dt2"},
                 %bre2: tensor<48x48xf64> {snn.param = "b2.re"},
                 %bim2: tensor<48x48xf64> {snn.param = "b2.im"})
    -> (tensor<?x?x48xi1>, tensor<?x?x48xi1>, tensor<?x?x48xf64>) {
  // Layer 1: B u, times (A - 1) / lambda.
  %are1, %aim1 = func.call @discretize(%re1, %im1, %dt1)
      : (tensor<48xf64>, tensor<48xf64>, tensor<48xf64>)
      -> (tensor<48xf64>, tensor<48xf64>)
  %yre1 = snn.linear %u, %bre1 : tensor<?x?x16xf64>, tensor<48x16xf64>
  %yim1 = snn.linear %u, %bim1 : tensor<?x?x16xf64>, tensor<48x16xf64>
  %hre, %him = snn.neuron
      ins(%yre1, %yim1 : tensor<?x?x48xf64>, tensor<?x?x48xf64>)
      params(%are1, %aim1, %re1, %im1
          : tensor<48xf64>, tensor<48xf64>, tensor<48xf64>, tensor<48xf64>) {
  ^bb0(%yre: f64, %yim: f64, %are: f64, %aim: f64, %lre: f64, %lim: f64):
    %one = arith.constant 1.0 : f64
    %dre = arith.subf %are, %one : f64
    // (A - 1) conj(lambda) / |lambda|^2
    %rr = arith.mulf %lre, %lre : f64
    %ii = arith.mulf %lim, %lim : f64
    %norm = arith.addf %rr, %ii : f64
    %p0 = arith.mulf %dre, %lre : f64
    %p1 = arith.mulf %aim, %lim : f64
    %p2 = arith.addf %p0, %p1 : f64
    %p3 = arith.mulf %aim, %lre : f64
    %p4 = arith.mulf %dre, %lim : f64
    %p5 = arith.subf %p3, %p4 : f64
    %fre = arith.divf %p2, %norm : f64
    %fim = arith.divf %p5, %norm : f64
    %q0 = arith.mulf %fre, %yre : f64
    %q1 = arith.mulf %fim, %yim : f64
    %zre = arith.subf %q0, %q1 : f64
    %q2 = arith.mulf %fre, %yim : f64
    %q3 = arith.mulf %fim, %yre : f64
    %zim = arith.addf %q2, %q3 : f64
    snn.yield %zre, %zim : f64, f64
  } -> (tensor<?x?x48xf64>, tensor<?x?x48xf64>)
  %x1:4 = snn.scan complex (%hre, %him) by (%are1, %aim1)
      : (tensor<?x?x48xf64>, tensor<?x?x48xf64>),
        (tensor<48xf64>, tensor<48xf64>)
  %s1 = snn.fire %x1#0 {threshold = 1.0} : tensor<?x?x48xf64>

  // Layer 2: dt B s.
  %are2, %aim2 = func.call @discretize(%re2, %im2, %dt2)
      : (tensor<48xf64>, tensor<48xf64>, tensor<48xf64>)
      -> (tensor<48xf64>, tensor<48xf64>)
  %yre2 = snn.linear %s1, %bre2 : tensor<?x?x48xi1>, tensor<48x48xf64>
  %yim2 = snn.linear %s1, %bim2 : tensor<?x?x48xi1>, tensor<48x48xf64>
  %dre, %dim = snn.neuron
      ins(%yre2, %yim2 : tensor<?x?x48xf64>, tensor<?x?x48xf64>)
      params(%dt2 : tensor<48xf64>) {
  ^bb0(%yre: f64, %yim: f64, %step: f64):
    %zre = arith.mulf %step, %yre : f64
    %zim = arith.mulf %step, %yim : f64
    snn.yield %zre, %zim : f64, f64
  } -> (tensor<?x?x48xf64>, tensor<?x?x48xf64>)
  %x2:4 = snn.scan complex (%dre, %dim) by (%are2, %aim2)
      : (tensor<?x?x48xf64>, tensor<?x?x48xf64>),
        (tensor<48xf64>, tensor<48xf64>)
  %s2 = snn.fire %x2#0 {threshold = 1.0} : tensor<?x?x48xf64>
  return %s1, %s2, %x2#0
      : tensor<?x?x48xi1>, tensor<?x?x48xi1>, tensor<?x?x48xf64>
}

/// A = exp(lambda dt).
func.func private @discretize(%re: tensor<48xf64>, %im: tensor<48xf64>,
                              %dt: tensor<48xf64>)
    -> (tensor<48xf64>, tensor<48xf64>) {
  %growth = arith.mulf %re, %dt : tensor<48xf64>
  %angle = arith.mulf %im, %dt : tensor<48xf64>
  %size = math.exp %growth : tensor<48xf64>
  %cos = math.cos %angle : tensor<48xf64>
  %sin = math.sin %angle : tensor<48xf64>
  %are = arith.mulf %size, %cos : tensor<48xf64>
  %aim = arith.mulf %size, %sin : tensor<48xf64>
  return %are, %aim : tensor<48xf64>, tensor<48xf64>
}
