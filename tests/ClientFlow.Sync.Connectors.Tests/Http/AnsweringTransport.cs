using System.Text;

namespace ClientFlow.Sync.Connectors.Tests.Http;

/// <summary>Answers every call with what a pretended vendor makes of its path and body.</summary>
public sealed class AnsweringTransport(Func<string, string, string> answer) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        return new HttpResponseMessage
        {
            RequestMessage = request,
            Content = new StringContent(answer(Uri.UnescapeDataString(request.RequestUri!.PathAndQuery), body), Encoding.UTF8, "application/json"),
        };
    }
}
