using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace ClientFlow.Sync.Benchmarks;

/// <summary>
/// What the worker is held against: an endpoint that checks the signature and group-commits one row, and, with a tool to call, a
/// pipeline of three such rows and the same call. No mapping, no rules, no journal, no look-ups.
/// </summary>
internal sealed class Toy : IListening
{
    private readonly WebApplication app;
    private readonly GroupCommit commits;
    private readonly HttpClient http;

    private Toy(WebApplication app, GroupCommit commits, HttpClient http) => (this.app, this.commits, this.http) = (app, commits, http);

    public string Url => app.Urls.First();

    public static async Task<Toy> StartAsync(string directory, Uri? tool)
    {
        var commits = new GroupCommit(Path.Combine(directory, "toy.db"));
        var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = BenchProduct.Concurrency });
        var work = Channel.CreateUnbounded<(string Delivery, byte[] Body)>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapPost("/webhooks/bench", async context =>
        {
            var body = await ReadAsync(context.Request);
            var given = context.Request.Headers[BenchProduct.SignatureHeader].ToString();
            if (!CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(given), Encoding.ASCII.GetBytes(BenchProduct.Sign(body))))
            {
                context.Response.StatusCode = 401;
                return;
            }

            var delivery = context.Request.Headers[BenchProduct.DeliveryHeader].ToString();
            await commits.SaveAsync("inbox", delivery, body);
            if (tool is not null) work.Writer.TryWrite((delivery, body));
        });
        for (var i = 0; i < BenchProduct.Concurrency && tool is not null; i++) _ = WorkAsync(work.Reader, commits, http, tool);
        await app.StartAsync();
        return new Toy(app, commits, http);
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        commits.Dispose();
        http.Dispose();
    }

    private static async Task WorkAsync(ChannelReader<(string Delivery, byte[] Body)> work, GroupCommit commits, HttpClient http, Uri tool)
    {
        await foreach (var (delivery, body) in work.ReadAllAsync())
        {
            var deal = JsonSerializer.Deserialize(body, BenchJson.Default.BenchDeal)!;
            await commits.SaveAsync("sending", delivery, body);
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(tool, "projects"));
            request.Content = new StringContent($"{{\"name\":\"{deal.Name}\"}}", Encoding.UTF8, "application/json");
            request.Headers.Add("Idempotency-Key", delivery);
            using var answer = await http.SendAsync(request);
            await commits.SaveAsync("done", delivery, await answer.Content.ReadAsByteArrayAsync());
        }
    }

    private static async Task<byte[]> ReadAsync(HttpRequest request)
    {
        var body = new byte[request.ContentLength ?? 0];
        await request.Body.ReadExactlyAsync(body);
        return body;
    }
}

/// <summary>Rows that wait together share one commit, durable as the worker's are.</summary>
internal sealed class GroupCommit : IDisposable
{
    private readonly Lock gate = new();
    private readonly Queue<(string Kind, string Id, byte[] Body, TaskCompletionSource Done)> waiting = [];
    private readonly AutoResetEvent wake = new(false);
    private readonly Thread thread;
    private volatile bool closed;

    public GroupCommit(string path)
    {
        thread = new Thread(() => Run(path)) { IsBackground = true };
        thread.Start();
    }

    public Task SaveAsync(string kind, string id, byte[] body)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate) waiting.Enqueue((kind, id, body, done));
        wake.Set();
        return done.Task;
    }

    public void Dispose()
    {
        closed = true;
        wake.Set();
        thread.Join();
        wake.Dispose();
    }

    private void Run(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        Execute(connection, "PRAGMA journal_mode=WAL");
        Execute(connection, "PRAGMA synchronous=FULL");
        Execute(connection, "CREATE TABLE rows (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (kind, key)) STRICT");
        using var insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO rows (kind, key, body) VALUES ($k, $i, $b) ON CONFLICT DO NOTHING";
        var (kind, id, body) = (insert.Parameters.Add("$k", SqliteType.Text), insert.Parameters.Add("$i", SqliteType.Text), insert.Parameters.Add("$b", SqliteType.Blob));
        using var begin = connection.CreateCommand();
        begin.CommandText = "BEGIN IMMEDIATE";
        using var commit = connection.CreateCommand();
        commit.CommandText = "COMMIT";
        var batch = new List<TaskCompletionSource>(256);
        while (!closed)
        {
            wake.WaitOne();
            while (true)
            {
                batch.Clear();
                begin.ExecuteNonQuery();
                while (batch.Count < 256)
                {
                    (string Kind, string Id, byte[] Body, TaskCompletionSource Done) row;
                    lock (gate)
                        if (!waiting.TryDequeue(out row)) break;
                    (kind.Value, id.Value, body.Value) = (row.Kind, row.Id, row.Body);
                    insert.ExecuteNonQuery();
                    batch.Add(row.Done);
                }

                commit.ExecuteNonQuery();
                if (batch.Count == 0) break;
                foreach (var done in batch) done.SetResult();
            }
        }
    }

    private static void Execute(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}
