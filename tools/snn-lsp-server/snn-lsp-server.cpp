// The language server of editors, with the snn dialect.
#include "mlir/InitAllDialects.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"
#include "snn/IR/SNN.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  registry.insert<mlir::snn::SNNDialect>();
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
