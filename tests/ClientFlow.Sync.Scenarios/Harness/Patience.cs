namespace ClientFlow.Sync.Scenarios.Harness;

/// <summary>Waits for conditions, never for a time. The deadline only says when to give up; machines under test are slow.</summary>
internal static class Patience
{
    public static readonly TimeSpan Usual = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    /// <summary>Looks until there is something to see.</summary>
    public static async Task<T> ForAsync<T>(string what, Func<Task<T?>> look, TimeSpan? within = null, Func<Task<string>>? story = null)
        where T : class
    {
        var limit = within ?? Usual;
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (await look() is { } seen) return seen;
            if (TimeProvider.System.GetElapsedTime(began) > limit)
                throw new ShouldAssertException($"after {limit.TotalSeconds:0} s there was still no {what}{(story is null ? "" : "\n" + await story())}");
            await Task.Delay(Glance, TestContext.Current.CancellationToken);
        }
    }
}
