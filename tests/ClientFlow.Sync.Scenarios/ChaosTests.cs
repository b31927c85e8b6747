using ClientFlow.Sync.Chaos;

namespace ClientFlow.Sync.Scenarios;

/// <summary>A short run of the chaos program. The long ones stand in docs/reliability.md.</summary>
[Trait("Takes", "long")]
public sealed class ChaosTests
{
    [Fact]
    public async Task Whatever_breaks_nothing_is_lost_doubled_or_wrong()
    {
        using var said = new StringWriter();

        var verdict = await ChaosRun.RunAsync(
            new ChaosOptions { Seed = 7, Minutes = 0.25, Kills = 8, Open = 25 }, said, TestContext.Current.CancellationToken);

        verdict.Findings.ShouldBeEmpty(said.ToString());
        verdict.Handoffs.ShouldBeGreaterThan(20, said.ToString());
        verdict.Kills.ShouldBeGreaterThan(3, said.ToString());
        TestContext.Current.TestOutputHelper?.WriteLine($"{said}{verdict.Line}");
    }
}
