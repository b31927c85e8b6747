using System.Net.Http.Headers;
using System.Text;

namespace ClientFlow.Sync.Sandbox.Webhooks;

/// <summary>One signed call to a target, built afresh for each attempt because signatures carry the time.</summary>
public sealed record OutgoingWebhook(string Body, IReadOnlyDictionary<string, string> Headers)
{
    public string ContentType { get; init; } = "application/json";
}

/// <summary>How a vendor's deliveries go astray. Every switch may be turned while the sandbox runs.</summary>
public sealed class WebhookSwitches
{
    /// <summary>Deliveries vanish, as if the vendor had never sent them.</summary>
    public bool Drop { get; set; }

    /// <summary>How many times each delivery is sent; 1 is normal.</summary>
    public int Copies { get; set; } = 1;

    /// <summary>Waiting deliveries leave in a random order (of the sandbox's seed). Pause first to let some gather.</summary>
    public bool Shuffle { get; set; }

    /// <summary>How long each delivery waits before it is sent, by the sandbox's clock.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Waits between attempts. Vendors spread theirs over hours; the default fits a test.</summary>
    public IReadOnlyList<TimeSpan> RetryAfter { get; set; } =
        [TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)];

    /// <summary>Which answers other than 2xx are tried again; 0 is no answer.</summary>
    public Func<int, bool> RetriesStatus { get; set; } = _ => true;

    /// <summary>How long the receiver may take to answer (HubSpot 5 s, Asana 10 s, by their guides to webhooks).</summary>
    public TimeSpan AnswerWithin { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>One finished delivery: the last status (0: no answer) and how many attempts it took.</summary>
public sealed record SentWebhook(string Subscription, Uri Target, string Body, int Status, int Attempts, DateTimeOffset At);

/// <summary>
/// Sends a tool's webhooks by real HTTP. Each subscription has its own queue, so a slow target holds up nobody else.
/// </summary>
public sealed class WebhookSender(TimeProvider clock, int seed) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private readonly Dictionary<string, Lane> _lanes = [];
    private readonly List<SentWebhook> _sent = [];
    private readonly Random _random = new(seed);
    private readonly CancellationTokenSource _stop = new();
    private TaskCompletionSource _idle = Completed();
    private TaskCompletionSource? _resume;
    private int _open;

    public WebhookSwitches Switches { get; } = new();

    /// <summary>Deliveries that were answered or given up, oldest first.</summary>
    public IReadOnlyList<SentWebhook> Sent
    {
        get
        {
            lock (_lock)
                return [.. _sent];
        }
    }

    /// <summary>
    /// Puts a delivery in the queue of a subscription. <paramref name="build"/> gets the attempt (from 0) and the time;
    /// <paramref name="done"/> hears the outcome.
    /// </summary>
    public void Enqueue(
        string subscription, Uri target, Func<int, DateTimeOffset, OutgoingWebhook> build, Action<SentWebhook>? done = null)
    {
        if (Switches.Drop)
            return;
        lock (_lock)
        {
            if (_stop.IsCancellationRequested)
                return;
            if (!_lanes.TryGetValue(subscription, out Lane? lane))
                _lanes[subscription] = lane = new Lane();
            for (int copy = 0; copy < Math.Max(1, Switches.Copies); copy++)
            {
                lane.Waiting.Add(new Delivery(subscription, target, build, done));
                if (_open++ == 0)
                    _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            if (!lane.Running)
            {
                lane.Running = true;
                lane.Pump = Task.Run(() => PumpAsync(lane));
            }
        }
    }

    /// <summary>Nothing leaves until <see cref="Resume"/>; deliveries gather.</summary>
    public void Pause()
    {
        lock (_lock)
            _resume ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Resume()
    {
        lock (_lock)
        {
            _resume?.SetResult();
            _resume = null;
        }
    }

    /// <summary>Completes when every queued delivery was answered or given up.</summary>
    public Task WhenIdleAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
            return _idle.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Posts at once and returns the answer; for handshakes, which a vendor makes while its own caller waits.</summary>
    public async Task<HttpResponseMessage?> PostAsync(Uri target, OutgoingWebhook webhook, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        limit.CancelAfter(Switches.AnswerWithin);
        using HttpRequestMessage request = Request(target, webhook);
        try
        {
            return await _http.SendAsync(request, limit.Token);
        }
        catch (HttpRequestException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Resume();
        Task[] pumps;
        lock (_lock)
            pumps = [.. _lanes.Values.Select(lane => lane.Pump)];
        await Task.WhenAll(pumps);
        _http.Dispose();
        _stop.Dispose();
    }

    private static TaskCompletionSource Completed()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }

    private static HttpRequestMessage Request(Uri target, OutgoingWebhook webhook)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, target)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(webhook.Body)),
        };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(webhook.ContentType);
        foreach ((string name, string value) in webhook.Headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private async Task PumpAsync(Lane lane)
    {
        while (true)
        {
            Task? held;
            lock (_lock)
                held = _resume?.Task;
            if (held is not null)
                await held;

            Delivery? next;
            lock (_lock)
            {
                if (_resume is not null)
                    continue;
                next = Next(lane);
                if (next is null)
                {
                    lane.Running = false;
                    return;
                }
            }

            SentWebhook sent = await DeliverAsync(next);
            if (!_stop.IsCancellationRequested)
                next.Done?.Invoke(sent);
            lock (_lock)
            {
                _sent.Add(sent);
                if (--_open == 0)
                    _idle.TrySetResult();
            }
        }
    }

    private Delivery? Next(Lane lane)
    {
        if (lane.Waiting.Count == 0)
            return null;
        int at = Switches.Shuffle ? _random.Next(lane.Waiting.Count) : 0;
        Delivery next = lane.Waiting[at];
        lane.Waiting.RemoveAt(at);
        return next;
    }

    private async Task<SentWebhook> DeliverAsync(Delivery delivery)
    {
        string body = "";
        int status = 0;
        int attempt = 0;
        try
        {
            if (Switches.Delay > TimeSpan.Zero)
                await Task.Delay(Switches.Delay, clock, _stop.Token);
            while (!_stop.IsCancellationRequested)
            {
                OutgoingWebhook webhook = delivery.Build(attempt, clock.GetUtcNow());
                body = webhook.Body;
                using HttpResponseMessage? answer = await PostAsync(delivery.Target, webhook, _stop.Token);
                status = (int)(answer?.StatusCode ?? 0);
                attempt++;
                if (status is >= 200 and < 300 || attempt > Switches.RetryAfter.Count || !Switches.RetriesStatus(status))
                    break;
                await Task.Delay(Switches.RetryAfter[attempt - 1], clock, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The sandbox is stopping: what was not sent is lost, as with a vendor's outage.
        }

        return new SentWebhook(delivery.Subscription, delivery.Target, body, status, attempt, clock.GetUtcNow());
    }

    private sealed record Delivery(
        string Subscription, Uri Target, Func<int, DateTimeOffset, OutgoingWebhook> Build, Action<SentWebhook>? Done);

    private sealed class Lane
    {
        public List<Delivery> Waiting { get; } = [];

        public bool Running { get; set; }

        public Task Pump { get; set; } = Task.CompletedTask;
    }
}
