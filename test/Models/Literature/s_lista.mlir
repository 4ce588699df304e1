// One layer of S-LISTA: a linear map of complex numbers, then a soft threshold,
// computed by pairs of few-spikes neurons.
//
// Source: Andrei et al., Deep-Unrolling Multidimensional Harmonic Retrieval
// Algorithms on Neuromorphic Hardware, arXiv 2412.04008: few-spikes neurons (Stoeckl
// and Maass, arXiv 2002.00860) that couple real and imaginary part. Inferred: how
// they do, by one decision on |v| for both, and steps along v / |v|. The
// measurement is y, the estimate of the layer before x, all complex:
//
//   v = (Wr + j Wi) y + (Sr + j Si) x                  before step 0
//   s[t] = [|v| >= theta[t]]                           one decision for a pair
//   v = v - h[t] s[t] v / |v|,   z = z + d[t] s[t] v / |v|
//
// With theta[t] = lambda + h[t] and h = d = a 2^(K-1), ..., 2 a, a the pair codes
// the soft threshold of LISTA, z = v / |v| max(|v| - lambda, 0), in steps of a.
// Steps are the places of a number, not time: x and y have no time.

func.func @s_lista(
    %y_re: tensor<?x32xf64> {snn.param = "y.re"},
    %y_im: tensor<?x32xf64> {snn.param = "y.im"},
    %x_re: tensor<?x64xf64> {snn.param = "x.re"},
    %x_im: tensor<?x64xf64> {snn.param = "x.im"},
    %w_re: tensor<64x32xf64> {snn.param = "w.re"},
    %w_im: tensor<64x32xf64> {snn.param = "w.im"},
    %s_re: tensor<64x64xf64> {snn.param = "s.re"},
    %s_im: tensor<64x64xf64> {snn.param = "s.im"},
    %theta: tensor<8xf64> {snn.param = "theta"},
    %h: tensor<8xf64> {snn.param = "h"},
    %d: tensor<8xf64> {snn.param = "d"})
    -> (tensor<?x?x64xi1>, tensor<?x64xf64> {snn.static},
        tensor<?x64xf64> {snn.static}) {
  %first = arith.constant 0 : index
  %batch = tensor.dim %y_re, %first : tensor<?x32xf64>
  %zero = arith.constant 0.0 : f64
  %none = tensor.splat %zero[%batch] : tensor<?x64xf64>

  // The real and the imaginary part of W y + S x: four real products each.
  %wr_yr = snn.linear %y_re, %w_re : tensor<?x32xf64>, tensor<64x32xf64>
  %wi_yi = snn.linear %y_im, %w_im : tensor<?x32xf64>, tensor<64x32xf64>
  %wr_yi = snn.linear %y_im, %w_re : tensor<?x32xf64>, tensor<64x32xf64>
  %wi_yr = snn.linear %y_re, %w_im : tensor<?x32xf64>, tensor<64x32xf64>
  %sr_xr = snn.linear %x_re, %s_re : tensor<?x64xf64>, tensor<64x64xf64>
  %si_xi = snn.linear %x_im, %s_im : tensor<?x64xf64>, tensor<64x64xf64>
  %sr_xi = snn.linear %x_im, %s_re : tensor<?x64xf64>, tensor<64x64xf64>
  %si_xr = snn.linear %x_re, %s_im : tensor<?x64xf64>, tensor<64x64xf64>
  %wy_re = arith.subf %wr_yr, %wi_yi : tensor<?x64xf64>
  %wy_im = arith.addf %wr_yi, %wi_yr : tensor<?x64xf64>
  %sx_re = arith.subf %sr_xr, %si_xi : tensor<?x64xf64>
  %sx_im = arith.addf %sr_xi, %si_xr : tensor<?x64xf64>
  %v_re = arith.addf %wy_re, %sx_re : tensor<?x64xf64>
  %v_im = arith.addf %wy_im, %sx_im : tensor<?x64xf64>

  // The pair: its potential (re, im), and what its spikes code so far.
  %spikes, %left:2, %decoded:2 = snn.neuron
      tables(%theta, %h, %d : tensor<8xf64>, tensor<8xf64>, tensor<8xf64>)
      init(%v_re, %v_im, %none, %none : tensor<?x64xf64>, tensor<?x64xf64>,
           tensor<?x64xf64>, tensor<?x64xf64>) {
  ^bb0(%thetat: f64, %ht: f64, %dt: f64, %re: f64, %im: f64, %zr: f64, %zi: f64):
    %re2 = arith.mulf %re, %re : f64
    %im2 = arith.mulf %im, %im : f64
    %square = arith.addf %re2, %im2 : f64
    %size = math.sqrt %square : f64
    %s = snn.fire %size, %thetat : f64
    %cos = arith.divf %re, %size : f64
    %sin = arith.divf %im, %size : f64
    %hr = arith.mulf %ht, %cos : f64
    %hi = arith.mulf %ht, %sin : f64
    %dr = arith.mulf %dt, %cos : f64
    %di = arith.mulf %dt, %sin : f64
    %lower_re = arith.subf %re, %hr : f64
    %lower_im = arith.subf %im, %hi : f64
    %more_re = arith.addf %zr, %dr : f64
    %more_im = arith.addf %zi, %di : f64
    %re1 = arith.select %s, %lower_re, %re : f64
    %im1 = arith.select %s, %lower_im, %im : f64
    %zr1 = arith.select %s, %more_re, %zr : f64
    %zi1 = arith.select %s, %more_im, %zi : f64
    snn.yield %s : i1 state(%re1, %im1, %zr1, %zi1 : f64, f64, f64, f64)
  } -> (tensor<?x?x64xi1>) state(tensor<?x64xf64>, tensor<?x64xf64>,
        tensor<?x64xf64>, tensor<?x64xf64>)
  return %spikes, %decoded#0, %decoded#1
      : tensor<?x?x64xi1>, tensor<?x64xf64>, tensor<?x64xf64>
}
