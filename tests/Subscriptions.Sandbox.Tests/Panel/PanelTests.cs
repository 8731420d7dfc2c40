using System.Net;
using System.Net.Http.Json;
using System.Net.Mail;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Subscriptions.Sandbox.Rooms;

namespace Subscriptions.Sandbox.Tests.Panel;

[TestFixture]
public sealed class PanelTests
{
    private TestFolder folder = null!;
    private SandboxOptions options = null!;
    private SandboxProcess process = null!;
    private HttpClient panel = null!;

    [OneTimeSetUp]
    public async Task SetUp()
    {
        folder = new TestFolder();
        options = TestOptions.In(folder.Path, SandboxRooms.Panel);
        process = new SandboxProcess(options, [], TimeProvider.System);
        await process.StartAsync(CancellationToken.None);
        panel = new HttpClient { BaseAddress = SandboxOptions.At(options.Ports.Panel) };
    }

    [OneTimeTearDown]
    public async Task TearDown()
    {
        panel.Dispose();
        await process.DisposeAsync();
        folder.Dispose();
    }

    [TestCase("/")]
    [TestCase("/readers")]
    [TestCase("/inbox")]
    [TestCase("/inbox?to=nobody@x.example&number=99")]
    [TestCase("/clock")]
    [TestCase("/faults")]
    [TestCase("/disputes")]
    [TestCase("/payers")]
    [TestCase("/payers?search=nobody&number=-3")]
    [TestCase("/webhooks")]
    [TestCase("/journal")]
    [TestCase("/journal?about=cus_nobody&before=7")]
    public async Task Every_page_opens(string path)
    {
        using var answer = await panel.GetAsync(path);
        Assert.That((answer.StatusCode, answer.Content.Headers.ContentType?.MediaType), Is.EqualTo((HttpStatusCode.OK, "text/html")));
    }

    [Test]
    public async Task It_answers_under_both_names_of_this_machine()
    {
        using var answer = await panel.GetAsync($"http://127.0.0.1:{options.Ports.Panel}/clock.json");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Advancing_moves_the_clock_and_says_where_to()
    {
        var before = await NowAsync();
        using var answer = await PostAsync("/clock/advance", """{"days":30}""");
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        var now = body.GetProperty("now").GetString()!;
        Assert.Multiple(() =>
        {
            Assert.That(now, Does.EndWith("Z"));
            Assert.That(body.GetProperty("now").GetDateTimeOffset(), Is.GreaterThanOrEqualTo(before.AddDays(30)));
            Assert.That(body.GetProperty("summary").GetString(), Is.Not.Empty);
        });
    }

    [TestCase("""{"days":"3"}""", 400)]
    [TestCase("""{"days":1.5}""", 400)]
    [TestCase("""{"days":0}""", 400)]
    [TestCase("""{"days":-1}""", 400)]
    [TestCase("""{"days":99999999999}""", 400)]
    [TestCase("""{"days":1,"hours":1}""", 400)]
    [TestCase("""{"dayz":1}""", 400)]
    [TestCase("""{"to":"yesterday"}""", 400)]
    [TestCase("""{"to":"2001-01-01T00:00:00Z"}""", 400)]
    [TestCase("""{}""", 400)]
    [TestCase("null", 400)]
    [TestCase("[", 400)]
    [TestCase("", 400)]
    public async Task A_wish_that_makes_no_sense_moves_nothing(string body, int status)
    {
        var before = await NowAsync();
        using var answer = await PostAsync("/clock/advance", body);
        Assert.That(((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType), Is.EqualTo((status, "application/problem+json")));
        Assert.That(await NowAsync() - before, Is.LessThan(TimeSpan.FromMinutes(1)));
    }

    [TestCase("""{"target":"post","kind":"Unreachable"}""")]
    [TestCase("""{"target":"mail","kind":"Lost"}""")]
    [TestCase("""{"target":"mail","kind":"Unreachable","count":0}""")]
    [TestCase("""{"target":"mail","kind":"Unreachable","match":"nobody"}""")]
    [TestCase("""{"target":"mail","kind":"Unreachable","operation":"send"}""")]
    [TestCase("{}")]
    public async Task A_fault_that_makes_no_sense_is_not_set(string body)
    {
        using var answer = await PostAsync("/faults", body);
        Assert.That((answer.StatusCode, answer.Content.Headers.ContentType?.MediaType), Is.EqualTo((HttpStatusCode.BadRequest, "application/problem+json")));
    }

    [Test]
    public async Task A_fault_can_be_set_seen_and_cleared()
    {
        using var set = await PostAsync("/faults", """{"target":"mail","kind":"RefusedTemporarily","match":"x@faults.example","count":2}""");
        var seen = await panel.GetStringAsync("/faults.json");
        using var cleared = await panel.DeleteAsync(set.Headers.Location);
        using var again = await panel.DeleteAsync(set.Headers.Location);
        Assert.Multiple(() =>
        {
            Assert.That(set.StatusCode, Is.EqualTo(HttpStatusCode.Created));
            Assert.That(seen, Does.Contain("x@faults.example"));
            Assert.That((cleared.StatusCode, again.StatusCode), Is.EqualTo((HttpStatusCode.NoContent, HttpStatusCode.NotFound)));
        });
    }

    [Test]
    public async Task A_letter_is_shown_decoded_and_its_html_in_a_sandbox()
    {
        using (var client = new SmtpClient("127.0.0.1", options.Ports.Smtp))
        using (var mail = new MailMessage("a@x.example", "eve@readers.example", "Grüße", "See http://localhost:1/pay.") { BodyEncoding = Encoding.UTF8 })
        {
            mail.AlternateViews.Add(AlternateView.CreateAlternateViewFromString("<script>alert(1)</script><p>Hi</p>", Encoding.UTF8, "text/html"));
            await client.SendMailAsync(mail);
        }

        var listed = await panel.GetFromJsonAsync<JsonElement>("/inbox.json?to=EVE@readers.example");
        var page = await panel.GetStringAsync($"/inbox/{listed[0].GetProperty("id").GetString()}");
        Assert.Multiple(() =>
        {
            Assert.That(listed.GetArrayLength(), Is.EqualTo(1));
            Assert.That(listed[0].GetProperty("subject").GetString(), Is.EqualTo("Grüße"));
            Assert.That(page, Does.Contain("<iframe").And.Contain("sandbox=").And.Not.Contain("<script>alert"));
            Assert.That(page, Does.Contain("href=\"http://localhost:1/pay\""));
        });
    }

    [TestCase("/inbox/none")]
    [TestCase("/nowhere")]
    public async Task What_is_not_there_is_a_404(string path)
    {
        using var answer = await panel.GetAsync(path);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Another_sites_page_can_move_nothing()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/reset");
        request.Headers.Add("Origin", "http://evil.example");
        using var answer = await panel.SendAsync(request);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task A_reset_is_refused_while_the_service_is_elsewhere()
    {
        using var answer = await panel.PostAsync("/reset", null);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
    }

    [Test]
    public async Task Tools_find_the_faults_in_the_panels_openapi() =>
        Assert.That(await panel.GetStringAsync("/openapi/v1.json"), Does.Contain("\"/faults\"").And.Contain("\"/clock/advance\""));

    [Test]
    public async Task A_taken_port_is_named_by_its_setting()
    {
        using var other = new TestFolder();
        await using var second = new SandboxProcess(options with { Data = other.Path }, [], TimeProvider.System);
        Assert.That(() => second.StartAsync(CancellationToken.None), Throws.InstanceOf<SettingException>().With.Message.Contains("Sandbox:Ports:Smtp"));
    }

    [Test]
    public async Task A_taken_web_port_is_named_too()
    {
        using var other = new TestFolder();
        using var taker = new TcpListener(IPAddress.Loopback, 0);
        taker.Start();
        var ports = TestOptions.Ports() with { Panel = ((IPEndPoint)taker.LocalEndpoint).Port };
        await using var second = new SandboxProcess(options with { Data = other.Path, Ports = ports }, [], TimeProvider.System);
        Assert.That(() => second.StartAsync(CancellationToken.None), Throws.InstanceOf<SettingException>().With.Message.Contains("Sandbox:Ports:Panel"));
    }

    [Test]
    public async Task A_second_panel_on_the_folder_is_refused()
    {
        await using var second = new SandboxProcess(TestOptions.In(folder.Path, SandboxRooms.Panel), [], TimeProvider.System);
        Assert.That(() => second.StartAsync(CancellationToken.None), Throws.InstanceOf<SettingException>().With.Message.Contains("Sandbox:Data"));
    }

    private async Task<DateTimeOffset> NowAsync() =>
        (await panel.GetFromJsonAsync<JsonElement>("/clock.json")).GetProperty("now").GetDateTimeOffset();

    private async Task<HttpResponseMessage> PostAsync(string path, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        return await panel.PostAsync(path, content);
    }
}
