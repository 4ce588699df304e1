#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "snn/Conversion/Passes.h"
#include "snn/IR/SNN.h"
#include "snn/Pipelines/Pipelines.h"
#include "snn/Transforms/Passes.h"
int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<mlir::snn::SNNDialect>();
  mlir::registerAllPasses();
  mlir::snn::registerSNNTransformsPasses();
  mlir::snn::registerSNNConversionPasses();
  mlir::snn::registerPipelines();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "snn-opt\n", registry));
}
