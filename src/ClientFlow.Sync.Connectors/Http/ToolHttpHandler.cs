using ClientFlow.Sync.Core.Connectors;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace ClientFlow.Sync.Connectors.Http;

/// <summary>
/// The floor under every tool's client: a time limit for each try, a limit of an answer's size, and retries of reads. A write
/// is never retried here: its next try is the outbox's decision and survives a restart. Each try is taken out of the account's
/// budget; one that would have to wait long for its turn is refused instead, before anything is sent.
/// </summary>
public sealed class ToolHttpHandler : DelegatingHandler
{
    private static readonly ResiliencePropertyKey<HttpRequestMessage> Request = new("clientflow.request");

    private readonly ResiliencePipeline<HttpResponseMessage> reads;
    private readonly ResiliencePipeline<HttpResponseMessage> timed;
    private readonly ToolHttpOptions options;
    private readonly QuotaBudget? quota;
    private readonly TimeProvider clock;

    public ToolHttpHandler(TimeProvider clock, ToolHttpOptions? options = null, QuotaBudget? quota = null)
    {
        (this.clock, this.quota) = (clock, quota);
        this.options = options ??= new ToolHttpOptions();
        var timeout = new TimeoutStrategyOptions { TimeoutGenerator = arguments => new(LimitOf(arguments.Context)) };
        timed = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = clock }.AddTimeout(timeout).Build();

        var builder = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = clock };
        if (options.ReadRetries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = options.ReadRetries,
                ShouldHandle = arguments => new(IsPassing(arguments.Outcome, arguments.Context, clock)),
                DelayGenerator = arguments =>
                    new(AskedFor(arguments.Outcome.Result, arguments.Context, clock) ?? Backoff(arguments.AttemptNumber)),
            });
        }

        reads = builder.Build();
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(Request, request);
        try
        {
            return await (WireOptions.IsRead(request) ? reads : ResiliencePipeline<HttpResponseMessage>.Empty).ExecuteAsync(
                static async (context, state) => await state.self.InTurnAsync(state.request, context),
                context,
                (self: this, request));
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    // The wait for its turn is no part of a try's time limit.
    private async Task<HttpResponseMessage> InTurnAsync(HttpRequestMessage request, ResilienceContext context)
    {
        if (quota is null) return await TimedAsync(request, context);
        var call = WireOptions.QuotaCallOf(request);
        var began = clock.GetUtcNow();
        var patience = call.Write ? options.WriteTurn : options.ReadTurn;
        while (quota.Take(call, clock.GetUtcNow()) is { } at)
        {
            if (at - began > patience) throw new QuotaSpentException(at);
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling((at - clock.GetUtcNow()).TotalMilliseconds))), clock, context.CancellationToken);
        }

        try
        {
            var response = await TimedAsync(request, context);
            quota.Heard(WireOptions.VendorOf(request)?.Quota(response) ?? [], clock.GetUtcNow());
            return response;
        }
        finally
        {
            quota.Done(call);
        }
    }

    private ValueTask<HttpResponseMessage> TimedAsync(HttpRequestMessage request, ResilienceContext context) => timed.ExecuteAsync(
        static async (context, state) => await state.self.TryAsync(state.request, context.CancellationToken), context, (self: this, request));

    // The body is read here, within the try: a body that never ends is then cut by the try's time limit, and a cut body retried.
    private async Task<HttpResponseMessage> TryAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var span = WireTrace.Begin(request);
        var response = await base.SendAsync(request, cancellationToken);
        WireTrace.Answered(span, response);
        try
        {
            await response.Content.LoadIntoBufferAsync(options.MaxAnswer, cancellationToken);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private bool IsPassing(Polly.Outcome<HttpResponseMessage> outcome, ResilienceContext context, TimeProvider clock) => outcome switch
    {
        { Exception: HttpRequestException trouble } => trouble.HttpRequestError != HttpRequestError.ConfigurationLimitExceeded,
        { Result: { } response } when Says(response, context) ?? (int)response.StatusCode is 429 or >= 500 =>
            AskedFor(response, context, clock) is not { } wait || wait <= options.LongestWait,
        _ => false,
    };

    // Of a refusal only: a success isn't repeated, whatever its headers say.
    private static bool? Says(HttpResponseMessage response, ResilienceContext context) => response.IsSuccessStatusCode ? false
        : context.Properties.TryGetValue(Request, out var request) ? WireOptions.VendorOf(request)?.ShouldRetry(response) : null;

    private static TimeSpan? AskedFor(HttpResponseMessage? response, ResilienceContext context, TimeProvider clock)
    {
        if (response is null || !context.Properties.TryGetValue(Request, out var request)) return null;
        if (WireOptions.VendorOf(request) is not { } vendor) return RetryAfter.InSeconds(response, clock.GetUtcNow());
        return vendor.WaitAfter(response, Refusal(vendor, request, response), clock.GetUtcNow());
    }

    // The body is in memory already.
    private static WireRefusal Refusal(WireVendor vendor, HttpRequestMessage request, HttpResponseMessage response)
    {
        using var body = new MemoryStream();
        response.Content.CopyTo(body, null, CancellationToken.None);
        return new WireRefusal((int)response.StatusCode, !WireOptions.IsRead(request), vendor.Words(body.ToArray()), body.ToArray());
    }

    // Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    private TimeSpan Backoff(int attempt)
    {
        var ceiling = Math.Min(options.LongestWait.TotalMilliseconds, options.FirstWait.TotalMilliseconds * Math.Pow(2, attempt));
        return TimeSpan.FromMilliseconds(ceiling * options.Dice());
    }

    private TimeSpan LimitOf(ResilienceContext context) =>
        context.Properties.TryGetValue(Request, out var request) && WireOptions.TimeoutOf(request) is { } own ? own : options.TryTimeout;
}

/// <summary>How patient the floor is.</summary>
public sealed record ToolHttpOptions
{
    /// <summary>How long one try may take, from connecting to the last byte of the answer.</summary>
    public TimeSpan TryTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a read is tried again.</summary>
    public int ReadRetries { get; init; } = 3;

    /// <summary>The first retry waits at most this long; the ceiling doubles from there.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>No retry waits longer: a vendor that asks for more gets it through the failure's time to come back.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long a read may wait for its turn in the account's budget.</summary>
    public TimeSpan ReadTurn { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long a write may: short, since its attempt is durable already and its own time limit runs.</summary>
    public TimeSpan WriteTurn { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The largest answer that is read, in bytes.</summary>
    public long MaxAnswer { get; init; } = 32 * 1024 * 1024;

    /// <summary>A number from 0 to 1, for jitter.</summary>
    public Func<double> Dice { get; init; } = Random.Shared.NextDouble;
}

/// <summary>The account's budget is spent for now: nothing was sent.</summary>
public sealed class QuotaSpentException(DateTimeOffset retryAt) : Exception("the quota is spent for now")
{
    /// <summary>When to ask again, UTC.</summary>
    public DateTimeOffset RetryAt => retryAt;
}
