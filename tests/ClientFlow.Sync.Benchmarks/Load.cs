using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace ClientFlow.Sync.Benchmarks;

/// <summary>Sends signed webhooks, each a deal of its own that is won.</summary>
internal sealed class Load : IDisposable
{
    private readonly HttpClient http;
    private readonly Uri target;
    private int deals;

    public Load(Uri url, int connections)
    {
        target = new Uri(url, "webhooks/bench");
        http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections });
    }

    /// <summary>As many as the connections carry, one after the other on each.</summary>
    /// <returns>Acknowledgements a second, and how long each took, in milliseconds, sorted.</returns>
    public async Task<(double PerSecond, IReadOnlyList<double> Took)> FloodAsync(int connections, int total)
    {
        var took = new ConcurrentBag<double>();
        var left = total;
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                var sent = Stopwatch.GetTimestamp();
                await SendAsync();
                took.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }
        })));
        return (total / Stopwatch.GetElapsedTime(began).TotalSeconds, [.. took.Order()]);
    }

    /// <summary>At a steady pace, whether or not the one before is acknowledged.</summary>
    /// <param name="sent">Hears of each before it goes out: the deal's name and the moment.</param>
    public async Task PaceAsync(int perSecond, int total, Action<string, long> sent)
    {
        var began = Stopwatch.GetTimestamp();
        var under = new List<Task>();
        for (var i = 0; i < total; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / perSecond);
            while (Stopwatch.GetElapsedTime(began) is var now && now < due)
                if (due - now > TimeSpan.FromMilliseconds(1.5)) await Task.Delay(1);
                else Thread.SpinWait(50);
            under.Add(SendAsync(sent));
        }

        await Task.WhenAll(under);
    }

    public void Dispose() => http.Dispose();

    private async Task SendAsync(Action<string, long>? sent = null)
    {
        var number = Interlocked.Increment(ref deals);
        var name = $"Website {number}";
        var body = JsonSerializer.SerializeToUtf8Bytes(new BenchDeal($"{number}", name, "won", "1200.00", number), BenchJson.Default.BenchDeal);
        using var request = new HttpRequestMessage(HttpMethod.Post, target) { Content = new ByteArrayContent(body) };
        request.Headers.Add(BenchProduct.SignatureHeader, BenchProduct.Sign(body));
        request.Headers.Add(BenchProduct.DeliveryHeader, $"delivery-{number}");
        sent?.Invoke(name, Stopwatch.GetTimestamp());
        using var answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }
}

/// <summary>The tool that is called: it answers at once and remembers when each call arrived.</summary>
internal sealed class FastTool : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, long> arrived = new();
    private int calls;

    private FastTool(WebApplication app) => this.app = app;

    public Uri Url => new(app.Urls.First() + "/");

    public int Calls => Volatile.Read(ref calls);

    /// <summary>When the call that makes a project of this name arrived.</summary>
    public long? ArrivedAt(string name) => arrived.TryGetValue(name, out var at) ? at : null;

    public static async Task<FastTool> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var tool = new FastTool(app);
        app.MapPost("/projects", async context =>
        {
            var at = Stopwatch.GetTimestamp();
            using var body = await JsonDocument.ParseAsync(context.Request.Body);
            tool.arrived.TryAdd(body.RootElement.GetProperty("name").GetString()!, at);
            var number = Interlocked.Increment(ref tool.calls);
            await context.Response.WriteAsync($"p{number}");
        });
        await app.StartAsync();
        return tool;
    }

    /// <summary>Waits until so many calls have arrived.</summary>
    public async Task UntilAsync(int count)
    {
        for (var still = 0; Calls < count;)
        {
            var before = Calls;
            await Task.Delay(5);
            still = Calls == before ? still + 1 : 0;
            if (still > 4000) throw new InvalidOperationException($"only {Calls} of {count} calls arrived");
        }
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
