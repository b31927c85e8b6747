using System.Globalization;

namespace ClientFlow.Sync.Worker.Composition;

/// <summary>
/// Two switches for those who try to break the worker, read from the environment at the start and nowhere else: a clock that runs
/// ahead, and a moment at which the process kills itself (-9). A worker that serves a business has neither.
/// </summary>
public sealed record DebugSwitches(TimeProvider Clock, DeathPoint? Dies)
{
    /// <summary>How many seconds the worker's clock is ahead of the machine's, such as <c>86400</c>.</summary>
    public const string ClockVariable = "CLIENTFLOW_DEBUG_CLOCK_AHEAD";

    /// <summary>Where the process kills itself: see <see cref="DeathPoint"/>.</summary>
    public const string DeathVariable = "CLIENTFLOW_DEBUG_DIE_AT";

    /// <summary>Reads the switches.</summary>
    /// <param name="read">Reads an environment variable.</param>
    /// <exception cref="FormatException">One is set to what nobody understands; the message says what it takes.</exception>
    public static DebugSwitches Read(Func<string, string?> read)
    {
        var clock = TimeProvider.System;
        if (read(ClockVariable) is { Length: > 0 } ahead)
        {
            clock = double.TryParse(ahead, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && Math.Abs(seconds) < 1e10
                ? new ClockAhead(TimeSpan.FromSeconds(seconds))
                : throw new FormatException($"{ClockVariable}: `{ahead}` is no number of seconds: write it as 86400, or take the variable away");
        }

        if (read(DeathVariable) is not { Length: > 0 } dies) return new DebugSwitches(clock, null);
        return new DebugSwitches(clock, DeathPoint.Parse(dies) ?? throw new FormatException(
            $"{DeathVariable}: `{dies}` is no place to die at: write it as attempt:after:3, with one of {string.Join(", ", DeathPoint.Names)}, " +
            "before or after, and a count from 1; or take the variable away"));
    }

    // Timers are the machine's: only what time it is differs.
    private sealed class ClockAhead(TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;
    }
}
