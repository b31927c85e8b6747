using System.Globalization;

namespace ClientFlow.Sync.Connectors.Http;

/// <summary>Reads how long a vendor asks us to wait, in its own units.</summary>
public static class RetryAfter
{
    // A vendor's mistake must not stop a lane for a year.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>As the standard has it: seconds, or a date.</summary>
    public static TimeSpan? InSeconds(HttpResponseMessage response, DateTimeOffset now) => Read(response, now, TimeSpan.FromSeconds);

    /// <summary>For vendors that write milliseconds, or seconds, in the same header: above 1000 they are milliseconds.</summary>
    public static TimeSpan? InSecondsOrMilliseconds(HttpResponseMessage response, DateTimeOffset now) =>
        Read(response, now, static number => number > 1000 ? TimeSpan.FromMilliseconds(number) : TimeSpan.FromSeconds(number));

    private static TimeSpan? Read(HttpResponseMessage response, DateTimeOffset now, Func<double, TimeSpan> unit)
    {
        if (!response.Headers.TryGetValues("Retry-After", out var values) || values.FirstOrDefault()?.Trim() is not { Length: > 0 } text)
            return null;

        TimeSpan wait;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number <= 1e9)
            wait = unit(number);
        else if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
            wait = date - now;
        else
            return null;

        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait > Longest ? Longest : wait;
    }
}
