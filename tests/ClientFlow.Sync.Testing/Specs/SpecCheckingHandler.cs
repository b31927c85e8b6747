namespace ClientFlow.Sync.Testing.Specs;

/// <summary>Sits in an `HttpClient`'s chain and records what passes through, for the check against the vendor's API description.</summary>
public sealed class SpecCheckingHandler(SpecRecorder recorder) : DelegatingHandler
{
    public SpecCheckingHandler(string vendor, string basePath = "") : this(new SpecRecorder(vendor, basePath))
    {
    }

    public SpecRecorder Recorder { get; } = recorder;

    /// <inheritdoc cref="SpecRecorder.ShouldHaveNoViolations"/>
    public void ShouldHaveNoViolations() => Recorder.ShouldHaveNoViolations();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = await BytesAsync(request.Content, cancellationToken);
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            Record(request, body, (int)response.StatusCode, await BytesAsync(response.Content, cancellationToken));
            return response;
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException or IOException)
        {
            Record(request, body, status: null, answer: []); // The request was made, whatever became of it.
            throw;
        }
    }

    private void Record(HttpRequestMessage request, byte[] body, int? status, byte[] answer)
    {
        var address = request.RequestUri ?? throw new InvalidOperationException("a request without an address");
        var contentType = request.Content?.Headers.ContentType?.ToString();
        Recorder.Record(request.Method.Method, address.AbsolutePath, address.Query, contentType, body, status, answer);
    }

    private static async Task<byte[]> BytesAsync(HttpContent? content, CancellationToken cancellationToken)
    {
        if (content is null)
            return [];
        await content.LoadIntoBufferAsync(cancellationToken); // Buffered, so that the next reader finds it whole.
        return await content.ReadAsByteArrayAsync(cancellationToken);
    }
}
