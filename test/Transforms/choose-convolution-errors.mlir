// What the options of snn-choose-convolution forbid.
// RUN: not snn-opt %s --snn-choose-convolution="form=fft numerics=exact" 2>&1 | FileCheck %s --check-prefix=EXACT
// RUN: not snn-opt %s --snn-choose-convolution=form=fir 2>&1 | FileCheck %s --check-prefix=FORM
// RUN: not snn-opt %s --snn-choose-convolution=numerics=loose 2>&1 | FileCheck %s --check-prefix=NUMERICS
// RUN: sed 's/{}/{form = #snn.conv_form<fft>}/' %s > %t.mlir
// RUN: not snn-opt %t.mlir --snn-choose-convolution=numerics=exact 2>&1 | FileCheck %s --check-prefix=EXACT

//    EXACT: error: 'snn.temporal_conv' op snn-choose-convolution: expected numerics bounded or fast for the form fft, but got exact
//     FORM: error: {{.*}} snn-choose-convolution: expected form auto, direct or fft, but got fir
// NUMERICS: error: {{.*}} snn-choose-convolution: expected numerics bounded, exact or fast, but got loose
func.func @f(%x: tensor<?x?x8xf32>, %w: tensor<4xf32>) -> tensor<?x?x8xf32> {
  %y, %h = snn.temporal_conv %x, %w {} : tensor<?x?x8xf32>, tensor<4xf32>
  return %y : tensor<?x?x8xf32>
}
