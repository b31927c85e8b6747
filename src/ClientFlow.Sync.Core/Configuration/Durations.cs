using System.Globalization;

namespace ClientFlow.Sync.Core.Configuration;

/// <summary>Durations as people write them: <c>30s</c>, <c>5m</c>, <c>48h</c>, <c>14d</c>, <c>2w</c>, <c>1h30m</c>.</summary>
public static class Durations
{
    /// <summary>How to write one.</summary>
    public const string Help = "a number and `s`, `m`, `h`, `d` or `w`, as in `30s`, `5m`, `48h` or `14d`";

    private static readonly TimeSpan Most = TimeSpan.FromDays(36_525);

    /// <summary>Reads a duration; false when it is none, or longer than a century.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var rest = text.AsSpan().Trim();
        if (rest.IsEmpty) return false;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits is <= 0 or > 9) return false;
            var unit = rest[digits] switch
            {
                's' => TimeSpan.TicksPerSecond,
                'm' => TimeSpan.TicksPerMinute,
                'h' => TimeSpan.TicksPerHour,
                'd' => TimeSpan.TicksPerDay,
                'w' => TimeSpan.TicksPerDay * 7,
                _ => 0L,
            };
            var count = long.Parse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture);
            if (unit == 0 || count > Most.Ticks / unit) return false;
            duration += new TimeSpan(count * unit);
            if (duration > Most) return false;
            rest = rest[(digits + 1)..];
        }

        return true;
    }

    /// <summary>The shortest way to write a duration.</summary>
    public static string Show(TimeSpan duration) => duration.Ticks switch
    {
        0 => "0s",
        var t when t % TimeSpan.TicksPerDay == 0 => $"{t / TimeSpan.TicksPerDay}d",
        var t when t % TimeSpan.TicksPerHour == 0 => $"{t / TimeSpan.TicksPerHour}h",
        var t when t % TimeSpan.TicksPerMinute == 0 => $"{t / TimeSpan.TicksPerMinute}m",
        var t when t % TimeSpan.TicksPerSecond == 0 => $"{t / TimeSpan.TicksPerSecond}s",
        _ => $"{duration.TotalMilliseconds:0.###}ms",
    };
}
