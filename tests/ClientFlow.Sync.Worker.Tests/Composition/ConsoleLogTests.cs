using ClientFlow.Sync.Worker.Composition;

namespace ClientFlow.Sync.Worker.Tests.Composition;

public sealed class ConsoleLogTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("simple")]
    [InlineData("json")]
    [InlineData("systemd")]
    public void A_format_that_there_is_or_none_is_taken(string? name) => Should.NotThrow(() => ConsoleLog.Check(_ => name));

    [Fact]
    public void Another_is_told_with_what_there_is() => Should.Throw<FormatException>(() => ConsoleLog.Check(_ => "jsn"))
        .Message.ShouldBe("Logging__Console__FormatterName: `jsn` is no format of the console: write it as simple, json or systemd, or take the variable away");
}
