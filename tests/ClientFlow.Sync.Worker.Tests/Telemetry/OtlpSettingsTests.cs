using ClientFlow.Sync.Worker.Telemetry;

namespace ClientFlow.Sync.Worker.Tests.Telemetry;

public sealed class OtlpSettingsTests
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Collector = "http://127.0.0.1:4318";

    [Fact]
    public void Nothing_is_sent_unless_a_collector_is_named()
    {
        Read().ShouldBeNull();
        Read(("OTEL_SERVICE_NAME", "northwind"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), (Endpoint, " ")).ShouldBeNull();
        Read((Endpoint, Collector), ("OTEL_SDK_DISABLED", "true")).ShouldBeNull();
    }

    [Fact]
    public void One_endpoint_is_for_all_three()
    {
        Read((Endpoint, Collector)).ShouldBe(new OtlpSettings(true, true, true, TimeSpan.FromMinutes(1)));
        Read((Endpoint, Collector), ("OTEL_METRIC_EXPORT_INTERVAL", "5000"))!.MetricsEvery.ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void A_signal_may_go_alone_or_be_left_out()
    {
        Read(("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", $"{Collector}/v1/traces")).ShouldBe(new OtlpSettings(true, false, false, TimeSpan.FromMinutes(1)));
        Read((Endpoint, Collector), ("OTEL_LOGS_EXPORTER", "none")).ShouldBe(new OtlpSettings(true, true, false, TimeSpan.FromMinutes(1)));
    }

    [Theory]
    [InlineData(Endpoint, "collector:4317", "`collector:4317` is not an address of a collector: write it as http://127.0.0.1:4317 (gRPC)")]
    [InlineData(Endpoint, "yes", "`yes` is not an address of a collector")]
    [InlineData(Endpoint, "ftp://x", "`ftp://x` is not an address of a collector")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "/v1/logs", "`/v1/logs` is not an address of a collector")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "`http/json` is not a protocol that is spoken here: write it as grpc or http/protobuf, or take the variable away")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "10s", "`10s` is not a number: write it as a whole number above 0")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "0", "`0` is not a number")]
    [InlineData("OTEL_TRACES_EXPORTER", "jaeger", "`jaeger` is not an exporter that is here: write it as otlp or none")]
    public void A_value_that_can_not_be_right_is_told_with_its_name_and_a_way_out(string name, string value, string says)
    {
        var mistake = Should.Throw<FormatException>(() => Read(name == Endpoint ? (name, value) : (Endpoint, Collector), (name, value)));

        mistake.Message.ShouldStartWith($"{name}: {says}");
        mistake.Message.ShouldEndWith("take the variable away");
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "Bearer hunter2")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "api key=hunter2")]
    [InlineData(Endpoint, "ftp://user:hunter2@collector")]
    public void No_secret_is_told(string name, string value) =>
        Should.Throw<FormatException>(() => Read((Endpoint, Collector), (name, value))).Message.ShouldNotContain("hunter2");

    private static OtlpSettings? Read(params (string Name, string Value)[] variables) =>
        OtlpSettings.Read(name => variables.LastOrDefault(v => v.Name == name) is { Value: { } value } ? value : null);
}
