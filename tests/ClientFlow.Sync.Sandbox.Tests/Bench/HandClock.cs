namespace ClientFlow.Sync.Sandbox.Tests.Bench;

/// <summary>A clock that stands still until a test moves it.</summary>
internal sealed class HandClock : TimeProvider
{
    private DateTimeOffset _now = new(2027, 3, 1, 9, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan by) => _now += by;
}
