using NUnit.Framework;

namespace Subscriptions.Server.Tests.Features.Gate;

/// <summary>The example as it is adapted for a website that chooses its page by the query.</summary>
internal sealed class NginxQueriesTests
{
    private NginxStage stage = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => stage = await NginxStage.StartAsync(
        text => text.Replace("$chooses_another_page {\n    default 0;", "$chooses_another_page {\n    default 1;", StringComparison.Ordinal), "--Sites:0:Rules:0:Path=/", "--Sites:0:Rules:0:Requires=free");

    [OneTimeTearDown]
    public async Task StopAsync() => await stage.DisposeAsync();

    [TestCase("/", 200)]
    [TestCase("/?", 200)]
    [TestCase("/?utm_source=letter&utm_medium=mail", 200)]
    [TestCase("/?s=p", 200)]
    [TestCase("/?p=7", 404)]
    [TestCase("/?%70=7", 404)]
    [TestCase("/?P=7", 404)]
    [TestCase("/?p", 404)]
    [TestCase("/?+p=7", 404)]
    [TestCase("/?utm_source=x&p=7", 404)]
    [TestCase("/?utm_source=x;p=7", 404)]
    [TestCase("/?&p=7", 404)]
    [TestCase("/??p=7", 404)]
    [TestCase("/articles/a", 402)]
    [TestCase("/articles/a?s=x", 402)]
    [TestCase("/gate/sign-in?to=/", 302)]
    public async Task An_article_is_not_read_by_the_query_of_a_free_address(string target, int status)
    {
        var answer = await stage.RawAsync(target);
        Assert.That(RawQuestion.StatusOf(answer), Is.EqualTo(status), answer);
        Assert.That(answer, Does.Not.Contain(GatedWebsite.Article));
    }

    [Test]
    public async Task An_article_is_not_read_by_a_form_that_is_posted_to_a_free_address()
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsync(stage.Site, new FormUrlEncodedContent([KeyValuePair.Create("p", "7")]));
        Assert.That((int)answer.StatusCode, Is.EqualTo(404));
    }
}
