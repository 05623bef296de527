#include "cli/app.h"
#include "cli/world_runner.h"

int main(int argc, char** argv) { return dectbed::cli::run_app(argc, argv, dectbed::cli::world_runner()); }
