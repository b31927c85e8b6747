using ClientFlow.Sync.Scenarios.Harness;

namespace ClientFlow.Sync.Scenarios;

/// <summary>What is typed wrong gets a sentence that helps, the exit code 2, and no stack trace.</summary>
[Trait("Takes", "long")]
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("bogus", "approve")]
    [InlineData("demo|--once|--data|", "--data is empty")]
    [InlineData("run|--data|", "--data is empty")]
    [InlineData("run|--urls|http://127.0.0.1:8787/flow", "has a path")]
    [InlineData("demo|--urls|http://127.0.0.1:8787/flow", "has a path")]
    [InlineData("run|--urls|https://127.0.0.1:8787", "TLS is the work of a proxy")]
    public async Task What_is_typed_wrong_is_told(string typed, string told)
    {
        var ended = await WorkerProcess.CommandAsync(typed.Split('|'), new Dictionary<string, string>());

        ended.ExitCode.ShouldBe(2, ended.All);
        ended.All.ShouldContain(told);
        ended.All.ShouldNotContain("   at ");
    }
}
