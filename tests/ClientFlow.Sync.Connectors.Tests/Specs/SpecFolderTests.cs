using ClientFlow.Sync.Testing.Specs;

namespace ClientFlow.Sync.Connectors.Tests.Specs;

public sealed class SpecFolderTests
{
    [Theory]
    [InlineData("hubspot")]
    [InlineData("asana")]
    [InlineData("stripe")]
    [InlineData("google-calendar")]
    [InlineData("google-tasks")]
    [InlineData("pipedrive")]
    [InlineData("trello")]
    [InlineData("xero")]
    [InlineData("clickup")]
    [InlineData("notion")]
    public void Each_description_that_we_use_can_be_read(string vendor) => ApiSpec.Load(vendor).Vendor.ShouldBe(vendor);

    [Fact]
    public void A_vendor_without_a_description_is_an_error_and_no_free_pass()
    {
        SpecFolder.RequireOrSkip();

        Should.Throw<FileNotFoundException>(() => ApiSpec.Load("acme"));
    }
}
