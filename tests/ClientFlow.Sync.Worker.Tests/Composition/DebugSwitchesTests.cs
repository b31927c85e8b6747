using ClientFlow.Sync.Worker.Composition;

namespace ClientFlow.Sync.Worker.Tests.Composition;

public sealed class DebugSwitchesTests
{
    [Fact]
    public void A_worker_without_them_has_the_machines_clock_and_no_place_to_die()
    {
        var switches = DebugSwitches.Read(static _ => null);

        switches.Clock.ShouldBe(TimeProvider.System);
        switches.Dies.ShouldBeNull();
    }

    [Fact]
    public void The_clock_runs_ahead_by_what_is_said()
    {
        var clock = DebugSwitches.Read(static name => name == DebugSwitches.ClockVariable ? "86400" : null).Clock;

        (clock.GetUtcNow() - DateTimeOffset.UtcNow).TotalDays.ShouldBe(1, 0.001);
    }

    [Theory]
    [InlineData("delivery:before:1")]
    [InlineData("call:after:12")]
    public void A_place_to_die_is_read(string text) =>
        DebugSwitches.Read(name => name == DebugSwitches.DeathVariable ? text : null).Dies!.ToString().ShouldBe(text);

    [Theory]
    [InlineData(DebugSwitches.ClockVariable, "tomorrow")]
    [InlineData(DebugSwitches.DeathVariable, "attempt")]
    [InlineData(DebugSwitches.DeathVariable, "attempt:during:3")]
    [InlineData(DebugSwitches.DeathVariable, "breakfast:after:3")]
    [InlineData(DebugSwitches.DeathVariable, "attempt:after:0")]
    public void What_nobody_understands_is_refused_with_what_it_takes(string variable, string text)
    {
        var mistake = Should.Throw<FormatException>(() => DebugSwitches.Read(name => name == variable ? text : null));

        mistake.Message.ShouldContain(variable);
        mistake.Message.ShouldContain(text);
        mistake.Message.ShouldContain("write it as");
    }
}
