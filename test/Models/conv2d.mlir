// A convolution of spikes, and its mean over 2 x 2 blocks.
//
// Source: the first layers of convolutional SNNs such as those of SpikingJelly.
//
//   y[t,b,o,i,j] = sum over c, p, q of w[o,c,p,q] s[t,b,c,i+p,j+q]
//   z[t,b,o,i,j] = (sum of a 2 x 2 block of y) / 4
//
// The stride of a pool is its kernel, unless said otherwise.

func.func @conv2d(%s: tensor<?x?x1x4x4xi1>,
                  %w: tensor<1x1x3x3xf32> {snn.param = "w"})
    -> (tensor<?x?x1x2x2xf32>, tensor<?x?x1x1x1xf32>) {
  %y = snn.conv2d %s, %w : tensor<?x?x1x4x4xi1>, tensor<1x1x3x3xf32>
  %z = snn.avg_pool2d %y {kernel = array<i64: 2, 2>} : tensor<?x?x1x2x2xf32>
  return %y, %z : tensor<?x?x1x2x2xf32>, tensor<?x?x1x1x1xf32>
}
