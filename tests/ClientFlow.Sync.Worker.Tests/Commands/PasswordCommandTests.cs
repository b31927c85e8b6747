using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Worker.Commands;

namespace ClientFlow.Sync.Worker.Tests.Commands;

public sealed class PasswordCommandTests
{
    [Fact]
    public void It_prints_a_hash_that_the_mapping_file_takes_and_nothing_else()
    {
        var (exit, output, _) = Run("correct horse battery");

        exit.ShouldBe(0);
        output.ShouldNotContain("correct");
        output.Split('\n').ShouldBe([output.TrimEnd('\n'), ""]);
        PasswordHash.Parse(output.TrimEnd('\n'))!.Matches("correct horse battery").ShouldBeTrue();
    }

    [Fact]
    public void The_same_password_gives_another_hash_each_time() => Run("correct horse battery").Output.ShouldNotBe(Run("correct horse battery").Output);

    [Theory]
    [InlineData(null, "no password")]
    [InlineData("", "no password")]
    [InlineData("tiny", "12 characters or more")]
    [InlineData("abababababababab", "too easy to guess")]
    public void A_password_that_will_not_do_is_refused_without_showing_it(string? password, string why)
    {
        var (exit, output, errors) = Run(password);

        (exit, output).ShouldBe((1, ""));
        errors.ShouldContain(why);
        if (password is { Length: > 0 }) errors.ShouldNotContain(password);
    }

    [Fact]
    public void Typed_differently_the_second_time_it_is_refused()
    {
        var (exit, output, errors) = Run("correct horse battery", "correct horse batterz");

        (exit, output).ShouldBe((1, ""));
        errors.ShouldContain("not the same");
    }

    private static (int Exit, string Output, string Errors) Run(string? password, string? again = null)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var errors = new StringWriter { NewLine = "\n" };
        var exit = PasswordCommand.Run(() => password, output, errors, again is null ? null : () => again);
        return (exit, output.ToString(), errors.ToString());
    }
}
