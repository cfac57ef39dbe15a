/** Prints the one closing line that CI reads: `N passed, N failed`, and fails the run where a test was skipped under CI. */
export default class ClosingLineReporter {
  #error;

  onRunComplete(_contexts, results) {
    const unrun = results.numPendingTests + results.numTodoTests;
    const broken = results.testResults.filter((suite) => suite.testExecError != null || suite.failureMessage != null);
    const suitesWithoutTests = broken.filter((suite) => suite.numFailingTests === 0).length;
    const skippedFails = process.env['CI'] === 'true' ? unrun : 0;
    if (skippedFails > 0) this.#error = new Error(`${unrun} tests were skipped; with CI=true each must run`);
    const failed = results.numFailedTests + suitesWithoutTests + skippedFails;
    // At exit: Jest's own summary comes after every reporter, and the closing line has to be the last.
    process.once('exit', () => process.stdout.write(`${results.numPassedTests} passed, ${failed} failed\n`));
  }

  getLastError() {
    return this.#error;
  }
}
