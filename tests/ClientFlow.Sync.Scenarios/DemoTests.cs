using ClientFlow.Sync.Scenarios.Harness;

namespace ClientFlow.Sync.Scenarios;

public sealed class DemoTests
{
    [Fact, Trait("Takes", "long")]
    public async Task The_demo_plays_until_each_handoff_has_happened_and_says_so_in_three_lines()
    {
        var ended = await WorkerProcess.CommandAsync(["demo", "--once", "--urls", $"http://127.0.0.1:{Ports.Next()}"], new Dictionary<string, string>());

        ended.ExitCode.ShouldBe(0, ended.All);
        ended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(':')[0])
            .ShouldBe(["won-deal-to-project", "closed-project-to-invoice", "renewal-reminder"], ignoreOrder: true);
    }
}
