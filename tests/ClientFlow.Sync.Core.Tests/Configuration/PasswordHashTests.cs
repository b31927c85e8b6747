using ClientFlow.Sync.Core.Configuration;

namespace ClientFlow.Sync.Core.Tests.Configuration;

public sealed class PasswordHashTests
{
    private static readonly byte[] Salt = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

    [Fact]
    public void The_right_password_matches_and_no_other()
    {
        var hash = Hash("correct horse battery");

        hash.Matches("correct horse battery").ShouldBeTrue();
        hash.Matches("correct horse batterz").ShouldBeFalse();
        hash.Matches("correct horse battery ").ShouldBeFalse();
        hash.Matches("").ShouldBeFalse();
    }

    // The words of another implementation: Python's hashlib.pbkdf2_hmac("sha512", ..., 100_000, 32).
    [Fact]
    public void It_is_pbkdf2_with_hmac_sha_512() =>
        Hash("correct horse battery").Text.ShouldBe("clientflow1.100000.AQIDBAUGBwgJCgsMDQ4PEA.hRDRcdDAb8MYECGR2fRPiCGzTutnef5lmwZRxIrnYYU");

    [Fact]
    public void What_is_written_down_is_read_again_and_holds_nothing_that_a_shell_would_change()
    {
        var text = Hash("correct horse battery").Text;

        PasswordHash.Parse(text)!.Matches("correct horse battery").ShouldBeTrue();
        text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_').ShouldBeTrue(text);
    }

    [Fact]
    public void Another_salt_gives_another_hash_of_the_same_password() =>
        PasswordHash.Of("correct horse battery", new byte[16], PasswordHash.FewestRounds).Text.ShouldNotBe(Hash("correct horse battery").Text);

    [Fact]
    public void Half_a_character_is_a_wrong_password_and_no_crash() => Hash("correct horse battery").Matches("\uD800").ShouldBeFalse();

    [Theory]
    [InlineData("correct horse battery")]
    [InlineData("")]
    [InlineData("clientflow1.210000.AQIDBAUGBwgJCgsMDQ4PEA")]
    [InlineData("clientflow1.1000.AQIDBAUGBwgJCgsMDQ4PEA.PWcEdbPdkLKm7cIlCfFfGFZhYMxoiEWbYtwR8EWBy7E")]
    [InlineData("clientflow1.2000000000.AQIDBAUGBwgJCgsMDQ4PEA.PWcEdbPdkLKm7cIlCfFfGFZhYMxoiEWbYtwR8EWBy7E")]
    [InlineData("clientflow1.-210000.AQIDBAUGBwgJCgsMDQ4PEA.PWcEdbPdkLKm7cIlCfFfGFZhYMxoiEWbYtwR8EWBy7E")]
    [InlineData("clientflow1.210000.AQIDBAUGBwgJCgsMDQ4PEA.PWcE")]
    [InlineData("clientflow1.210000.!!!!.PWcEdbPdkLKm7cIlCfFfGFZhYMxoiEWbYtwR8EWBy7E")]
    [InlineData("clientflow2.210000.AQIDBAUGBwgJCgsMDQ4PEA.PWcEdbPdkLKm7cIlCfFfGFZhYMxoiEWbYtwR8EWBy7E")]
    [InlineData("$2b$12$abcdefghijklmnopqrstuv")]
    public void What_is_no_hash_of_ours_is_none(string text) => PasswordHash.Parse(text).ShouldBeNull();

    [Fact]
    public void It_shows_itself_to_nobody() => Hash("correct horse battery").ToString().ShouldBe("***");

    private static PasswordHash Hash(string password) => PasswordHash.Of(password, Salt, PasswordHash.FewestRounds);
}
